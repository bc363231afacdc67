/** For whom a step waits, and for how long. */
import { expect, test } from "vitest";
import { Unnamed } from "./unnamed.ts";

const second = 1_000;

test("each is waited for until it has a name, or half a minute is over", () => {
  const unnamed = new Unnamed();
  unnamed.look([1n, 2n], 0);
  expect(unnamed.count).toBe(2);
  unnamed.look([2n], 20 * second);
  expect(unnamed.count).toBe(1);
  unnamed.look([2n, 3n], 30 * second);
  expect(unnamed.count).toBe(1);
});

test("where new ones keep coming nobody waits for more than two minutes, until all have names", () => {
  const unnamed = new Unnamed();
  const counts: number[] = [];
  for (let at = 0; at < 200; at++) {
    unnamed.look([BigInt(at)], at * second);
    counts.push(unnamed.count);
  }
  expect(counts.indexOf(0)).toBe(120);
  expect(counts.lastIndexOf(1)).toBe(119);
  unnamed.look([], 200 * second);
  unnamed.look([200n], 201 * second);
  expect(unnamed.count).toBe(1);
});

test("a clock that is put back makes nobody wait for it", () => {
  const unnamed = new Unnamed();
  unnamed.look([1n], 3_600 * second);
  unnamed.look([1n], 0);
  expect(unnamed.count).toBe(0);
});
