/** Which ends are failures, and in what words. */
import { expect, test } from "vitest";
import { whyFailed } from "./failed.ts";

const quiet = { livedMs: 1_000, isRefused: false };
const failure = (code: number, beforeEndMs = 100) => ({ code, forMemory: false, beforeEndMs });

test.each([
  [failure(3 << 8), "it ended with code 3"],
  [failure(137 << 8), "it ended with code 137"],
  [failure(11), "it was ended by SIGSEGV"],
  [failure(11 | 0x80), "it was ended by SIGSEGV"],
  [failure(40), "it was ended by signal 40"],
  [{ ...failure(9), forMemory: true }, "it was killed for want of memory"],
])("%j is a failure", (how, says) => {
  expect(whyFailed(how, quiet)).toBe(says);
});

test("who ended without one has not failed, unless it was refused something just before", () => {
  expect(whyFailed(undefined, quiet)).toBeUndefined();
  expect(whyFailed(undefined, { ...quiet, isRefused: true })).toContain(
    "right after it was refused",
  );
});

test("what failed in it long before its end did not end it", () => {
  expect(whyFailed(failure(256, 9_999), quiet)).toContain("code 1");
  expect(whyFailed(failure(256, 10_000), quiet)).toBeUndefined();
});

test("where nobody knows how it ended, a short life is a failure", () => {
  expect(whyFailed("not sensed", quiet)).toContain("soon after its start");
  expect(whyFailed("not sensed", { ...quiet, livedMs: 60_000 })).toBeUndefined();
});
