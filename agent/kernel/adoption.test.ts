/** Who runs and does nothing is taken in at the start, or never. */
import { constants } from "node:os";
import { expect, test } from "vitest";
import { adopt, notPlaced } from "./adoption.ts";

const { EBUSY, ENOENT } = constants.errno;

/** Looks that miss as many as these, one after the other, and then none. */
function looks(...misses: readonly number[]): number {
  let looked = 0;
  let missed = 5; // before
  adopt({ look: () => (missed += misses[looked++] ?? 0), missed: () => missed });
  return looked;
}

test("what runs is looked at once where nothing was missed, else again", () => {
  expect(looks()).toBe(1);
  expect(looks(3, 1)).toBe(3);
});

test("what is missed each time is given up", () => {
  expect(looks(...Array.from({ length: 100 }, () => 1))).toBe(8);
});

test("a cgroup was missed where the kernel was busy, not where no slot was left", () => {
  const failure = (place: string, error: number, count: number) => ({ place, error, count });
  expect(
    notPlaced([
      failure("instance_slot", -EBUSY, 2),
      failure("instance_slot", -ENOENT, 40),
      failure("instance_insert", -EBUSY, 1),
      failure("scratch", -ENOENT, 7), // is counted where the record is
    ]),
  ).toBe(3);
});
