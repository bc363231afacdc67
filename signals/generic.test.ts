/** What a script may say. */
import { expect, it } from "vitest";
import { readGeneric } from "./generic.ts";
import type { Reading } from "./reading.ts";

const nowMs = Date.parse("2026-11-22T06:31:00Z");
const timestamp = "2026-11-22T06:30:00Z";
const data = { signal: "rollback", namespace: "shop", policy: "web" };

/** Typed, where `expect`'s own is any. */
const like = (pattern: RegExp): unknown => expect.stringMatching(pattern);

function read(other: Readonly<Record<string, unknown>> = {}, at = timestamp): Reading {
  const body = { type: "pahlevan.signal", timestamp: at, data: { ...data, ...other } };
  const reading = readGeneric(body, nowMs, "msg_1");
  if ("unreadable" in reading) throw new Error(reading.unreadable);
  return reading;
}

it("is a signal that began when it happened", () => {
  expect(read({ summary: "The smoke test failed", by: "deploy 4711" }).signals).toEqual([
    {
      kind: "rollback",
      source: "generic",
      fingerprint: like(/^[0-9a-f]{32}$/),
      startsAtMs: Date.parse(timestamp),
      status: "firing",
      target: { namespace: "shop", policy: "web" },
      by: "deploy 4711",
      says: "The smoke test failed",
    },
  ]);
});

it("is over by a later message about the same", () => {
  const [first] = read({ id: "deploy-1" }).signals;
  const [over] = read({ id: "deploy-1", status: "resolved" }, "2026-11-22T06:30:30Z").signals;
  expect(over).toMatchObject({ fingerprint: first?.fingerprint, status: "resolved" });
  expect(over?.endsAtMs).toBeGreaterThan(first?.startsAtMs ?? Infinity);
});

it("about another target is about another alert, whatever it calls itself", () => {
  const marks = [
    read({ id: "x" }),
    read({ id: "x", policy: "api" }),
    read({ id: "x", signal: "relearn" }),
    read({ id: "y" }),
    read(),
  ].map(({ signals: [signal] }) => signal?.fingerprint);
  expect(new Set(marks).size).toBe(marks.length);
});

it("may be a heartbeat", () => {
  expect(read({ signal: "heartbeat" }).heartbeats).toMatchObject([{ source: "generic" }]);
});

it.each([
  [{ signal: "dance" }, /no signal 'dance'/],
  [{ policy: "A B" }, /policy/],
  [{ startsAt: "soon" }, /startsAt/],
])("%j is refused", (other, why) => {
  expect(read(other).refused[0]?.why).toMatch(why);
});

it.each([
  [{ target: "web" }, /data: .*target/],
  [{ status: "burning" }, /data.status/],
  [{ scope: "some" }, /data.scope/],
])("%j is no message", (other, why) => {
  expect(() => read(other)).toThrow(why);
});
