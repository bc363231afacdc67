/** What the store takes late, and what it never takes. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { madeEvent } from "../sense/made.ts";
import type { Decision } from "../store/decisions.ts";
import { DecisionLog } from "./decision-log.ts";

let stored: Decision[];
let tries: number;
let isFull: boolean;
let complaints: string[];

beforeEach(() => {
  vi.useFakeTimers();
  [stored, tries, isFull, complaints] = [[], 0, false, []];
});
afterEach(() => void vi.useRealTimers());

function logOf(lineOf: () => string): DecisionLog {
  return new DecisionLog({
    append: (decisions) => {
      tries++;
      if (isFull) throw new Error("no space left on device");
      stored.push(...decisions);
    },
    lineOf,
    complain: (says) => void complaints.push(says),
  });
}

const decided = () => ({
  ...madeEvent({ kind: "open", path: { value: "/etc/shadow" }, access: ["read"] }),
  decision: { action: "deny", facet: "file", uses: ["read"], policy: 1 } as const,
});

test("what was decided is stored soon, together", () => {
  const log = logOf(() => "{}");
  log.see(decided());
  log.see(decided());
  expect(stored).toHaveLength(0);
  vi.advanceTimersByTime(250);
  expect([stored.length, tries]).toEqual([2, 1]);
});

test("a store that cannot be written is asked now and then, and told of once", () => {
  const log = logOf(() => "{}");
  isFull = true;
  log.see(decided());
  for (let ms = 0; ms < 60_000; ms += 250) {
    vi.advanceTimersByTime(250);
    log.see(decided());
  }
  expect(tries).toBeLessThan(15);
  expect(complaints).toEqual([expect.stringContaining("no space left")]);
  isFull = false;
  vi.advanceTimersByTime(5_000);
  expect([stored.length, log.lost]).toEqual([241, 0]);
});

test("what waits is bounded, and what is beyond is counted", () => {
  const line = "x".repeat(1 << 20);
  const log = logOf(() => line);
  isFull = true;
  for (let times = 0; times < 20; times++) log.see(decided());
  isFull = false;
  log.flush();
  expect([stored.length, log.lost]).toEqual([16, 4]);
});
