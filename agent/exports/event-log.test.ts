/** What the store takes late, and what it never takes. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { NewEvent } from "../store/events.ts";
import { EventLog } from "./event-log.ts";

let stored: NewEvent[];
let tries: number;
let isFull: boolean;
let complaints: string[];

beforeEach(() => {
  vi.useFakeTimers();
  [stored, tries, isFull, complaints] = [[], 0, false, []];
});
afterEach(() => void vi.useRealTimers());

const log = () =>
  new EventLog({
    append: (events) => {
      tries++;
      if (isFull) throw new Error("no space left on device");
      stored.push(...events);
    },
    complain: (says) => void complaints.push(says),
  });

const told = (line = "{}"): NewEvent => ({
  atMs: 1,
  event: "pahlevan.decision",
  namespace: "host",
  workload: "web",
  line,
});

test("what is told is stored soon, together", () => {
  const events = log();
  events.put(told());
  events.put(told());
  expect(stored).toHaveLength(0);
  vi.advanceTimersByTime(250);
  expect([stored.length, tries]).toEqual([2, 1]);
});

test("a store that cannot be written is asked now and then, and told of once", () => {
  const events = log();
  isFull = true;
  events.put(told());
  for (let ms = 0; ms < 60_000; ms += 250) {
    vi.advanceTimersByTime(250);
    events.put(told());
  }
  expect(tries).toBeLessThan(15);
  expect(complaints).toEqual([expect.stringContaining("no space left")]);
  isFull = false;
  vi.advanceTimersByTime(5_000);
  expect([stored.length, events.lost]).toEqual([241, 0]);
});

test("what waits is bounded, and what is beyond is counted", () => {
  const line = "x".repeat(1 << 20);
  const events = log();
  isFull = true;
  for (let times = 0; times < 20; times++) events.put(told(line));
  isFull = false;
  events.flush();
  expect([stored.length, events.lost]).toEqual([16, 4]);
});
