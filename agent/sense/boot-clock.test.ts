import { expect, it } from "vitest";
import { BootClock, rfc3339 } from "./boot-clock.ts";

const second = 1_000_000_000n;

it("writes nanoseconds as RFC 3339 does", () => {
  expect(rfc3339(1_700_000_000_123_456_789n)).toBe("2023-11-14T22:13:20.123456789Z");
});

it("counts the time that the machine slept", () => {
  const awake = { monotonicNs: 100n * second, uptimeNs: 100n * second, wallMs: 500_000 };
  expect(new BootClock(() => awake).wall(100n * second)).toBe(500n * second);
  const slept = { ...awake, uptimeNs: 160n * second };
  expect(new BootClock(() => slept).wall(160n * second)).toBe(500n * second);
});

it("follows a wall clock that was set, and does not jitter", () => {
  let wallMs = 500_000;
  const clock = new BootClock(() => ({ monotonicNs: second, uptimeNs: second, wallMs }));
  wallMs += 1;
  clock.correct();
  expect(clock.wall(second)).toBe(500n * second);
  wallMs += 3_600_000;
  clock.correct();
  expect(clock.wall(second)).toBe(4100n * second + 1_000_000n);
});
