/** No record of a batch in halves is lost, told twice, or out of order. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { Outgoing } from "../record.ts";
import { refuse, sent, tryAgain } from "../sink.ts";
import { inPieces } from "./in-pieces.ts";

const record = (at: number) => new Outgoing(`{"id":"${at}","event":"span"}`);

it("tells of each record once, and refuses those alone that are at fault", async () => {
  const faults = fc.array(fc.boolean(), { minLength: 1, maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(faults, async (isAtFault) => {
      const batch = isAtFault.map((_, at) => record(at));
      const bad = new Set(batch.filter((_, at) => isAtFault[at]));
      const report = await inPieces(batch, async (part) => {
        if (!part.some((one) => bad.has(one))) return sent(part);
        return part.length > 1 ? "smaller" : refuse(part, "fault", "is at fault");
      });
      expect(report.sent).toBe(batch.length - bad.size);
      expect(report.refused["fault"] ?? 0).toBe(bad.size);
      expect(report.again).toEqual([]);
    }),
  );
});

it("asks no more where the peer can take no more, and keeps the order", async () => {
  const batch = Array.from({ length: 8 }, (_, at) => record(at));
  let asked = 0;
  const report = await inPieces(batch, async (part) => {
    if (part.length > 2) return "smaller";
    asked++;
    return asked === 1 ? sent(part) : tryAgain(part, "it is busy");
  });
  expect(report).toMatchObject({ sent: 2, why: "it is busy" });
  expect(report.again).toEqual(batch.slice(2));
  expect(asked).toBe(2);
});

it("tells what got through before the peer was gone", async () => {
  const batch = Array.from({ length: 4 }, (_, at) => record(at));
  const report = await inPieces(batch, async (part) => {
    if (part.length > 2) return "smaller";
    if (part[0] === batch[0]) return sent(part);
    throw new Error("connection refused");
  });
  expect(report).toMatchObject({ sent: 2, why: "connection refused" });
  expect(report.again).toEqual(batch.slice(2));
});
