/**
 * falcosidekick itself is not to be had as a Go module. What stands for it here judges a request as
 * `newFalcoPayload` (handlers.go) and `FalcoPayload.Check` (types/types.go) of its repository do.
 */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { HttpPeerServer, type Answer, type Asked } from "../../../test/http-peer.ts";
import { aroundOf, settingsOf } from "../../../test/exporters/settings-of.ts";
import { examples } from "../../examples.ts";
import { Outgoing } from "../../record.ts";
import { falcosidekick } from "./sink.ts";

const around = aroundOf();

const never = new AbortController().signal;
const lines = examples("2026-11-22T14:03:07.123456789Z");
const records = () => lines.map((line) => Outgoing.of(line));

const priorities = [
  ...["emergency", "alert", "critical", "error"],
  ...["warning", "notice", "informational", "debug"],
];

const payload = z.object({
  uuid: z.string().optional(),
  output: z.string(),
  priority: z.string().refine((said) => priorities.includes(said.toLowerCase())),
  rule: z.string().min(1),
  // Go's time.Time takes RFC 3339 alone.
  time: z.iso.datetime(),
  // Of these two it asserts that they are texts, and dies where they are not.
  output_fields: z
    .looseObject({
      "k8s.ns.name": z.string().nullish(),
      "k8s.pod.name": z.string().nullish(),
    })
    .refine((fields) => Object.keys(fields).length > 0),
  source: z.string(),
  tags: z.array(z.string()).optional(),
  hostname: z.string().optional(),
});

function judged({ method, path, body }: Asked): Answer {
  if (path === "/ping") return { status: 200, body: "pong\n" };
  const isFine = method === "POST" && payload.safeParse(JSON.parse(body.toString())).success;
  return isFine ? { status: 200 } : { status: 400, body: "Please send a valid request body\n" };
}

describe("a falcosidekick", () => {
  let peer: HttpPeerServer;
  beforeEach(async () => {
    peer = await HttpPeerServer.start();
    peer.answer = judged;
  });
  afterEach(() => peer[Symbol.asyncDispose]());

  const sink = (texts: Readonly<Record<string, string>> = {}) =>
    falcosidekick.make(settingsOf(falcosidekick.keys, { url: peer.url, ...texts }), around);

  const rules = () => peer.asked.map((_, at) => payload.parse(peer.json(at)).rule);

  it("takes every sort of record, one a request", async () => {
    expect(await sink().send(records(), never)).toEqual({ sent: 6, again: [], refused: {} });
    expect(peer.asked).toHaveLength(6);
    expect(peer.asked.every(({ path }) => path === "/")).toBe(true);
    expect(rules()).toContain("Pahlevan exec denied");
  });

  it("is asked by few requests at once, and no more while none is answered", async () => {
    peer.answer = () => "silent";
    const many = Array.from({ length: 40 }, () => records()[0]!);
    const report = await sink({ requests: "3", timeout: "300ms" }).send(many, never);
    expect(report).toMatchObject({ sent: 0, again: many });
    expect(peer.asked).toHaveLength(3);
  });

  it("gets the rest later where it fails in the middle, in their order", async () => {
    peer.answer = (asked) => (peer.asked.length > 2 ? { status: 503 } : judged(asked));
    const batch = records();
    const report = await sink({ requests: "1" }).send(batch, never);
    expect(report).toEqual({
      ...{ sent: 2, again: batch.slice(2), refused: {} },
      why: "it answers 503",
    });
    expect(peer.asked).toHaveLength(3);
  });

  it("keeps them in their order with many on their way, and loses none", async () => {
    peer.answer = ({ body }) => (body.includes("example-3") ? { status: 503 } : { status: 200 });
    const batch = records();
    const { sent, again } = await sink().send(batch, never);
    expect(sent + again.length).toBe(6);
    expect(again).toContain(batch[2]);
    expect(again).toEqual(batch.filter((record) => again.includes(record)));
  });

  it("has what it will never take counted, and the others sent", async () => {
    peer.answer = ({ body }) => (body.includes("example-3") ? { status: 400 } : { status: 200 });
    const report = await sink().send(records(), never);
    expect(report).toMatchObject({ sent: 5, again: [], refused: { status_400: 1 } });
  });

  it("gets all again that it did not answer", async () => {
    peer.answer = () => "cut";
    const report = await sink().send(records(), never);
    expect(report).toMatchObject({ sent: 0, again: records(), why: "socket hang up" });
  });

  it("is known by its pong", async () => {
    expect(await sink().check(never)).toContain("falcosidekick answers");
    peer.answer = () => ({ status: 200, body: "<html>" });
    await expect(sink().check(never)).rejects.toThrow("no falcosidekick");
  });
});
