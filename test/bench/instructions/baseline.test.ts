/** When a count is worse than the baseline and the budget allow. */
import { expect, test } from "vitest";
import { compare, readBaseline, type Budgets } from "./baseline.ts";
import { parseCounts, type Counts, type Measurement } from "./measurement.ts";

const count = (instructions: number): Counts => ({
  unlink: { instructions, low: instructions, high: instructions },
});
const measured = (bare: number, sensed?: number): Measurement => ({
  release: "6.1.0-50-amd64",
  bare: count(bare),
  ...(sensed === undefined ? {} : { sensed: count(sensed) }),
});
const known = {
  release: "6.1.0-50-amd64",
  bare: { unlink: 10_000 },
  differencePercent: { unlink: 1 },
};
const problems = (measurement: Measurement, ...before: [typeof known?]): string[] =>
  compare(measurement, before.length > 0 ? before[0] : known).flatMap((each) => each.problems);

test("what lies within budget and tolerance is fine", () => {
  expect(problems(measured(10_050, 10_170))).toEqual([]);
});
test("more than three percent is over budget, with or without a baseline", () => {
  expect(problems(measured(10_000, 10_301), undefined)).toEqual(["over budget"]);
});
test("what no cache has at hand may cost more, and what was never done what it takes", () => {
  const { release } = known;
  const found = (operation: string, sensed: number) => {
    const counts = (instructions: number) => ({
      [operation]: { instructions, low: instructions, high: instructions },
    });
    return compare({ release, bare: counts(10_000), sensed: counts(sensed) }, undefined)[0]
      ?.problems;
  };
  expect([found("cold unlink", 11_900), found("cold unlink", 12_100)]).toEqual([
    [],
    ["over budget"],
  ]);
  expect(found("first unlink", 20_000)).toEqual([]);
});
test("a state with budgets of its own has no other ones", () => {
  const found = (budgets: Budgets) =>
    compare(measured(10_000, 10_400), undefined, budgets).flatMap(({ problems }) => problems);
  expect([found({ unlink: 5 }), found({ unlink: 3.9 }), found({})]).toEqual([
    [],
    ["over budget"],
    [],
  ]);
});
test("a difference that grew is found though it is within budget", () => {
  expect(problems(measured(10_000, 10_150))).toEqual(["difference was 1.00 %"]);
});
test("a bare count that moved is found: the machine is not the one of the baseline", () => {
  expect(problems(measured(10_200))).toEqual(["bare was 10000"]);
});
test("bare counts of another kernel build are not compared, differences are", () => {
  const other = { ...known, release: "6.1.0-49-amd64" };
  expect(problems(measured(12_000, 12_010), other)).toEqual([]);
  expect(problems(measured(12_000, 12_300), other)).toEqual(["difference was 1.00 %"]);
});
test("the committed baseline covers both kernels and every operation of ops.c", async () => {
  const { kernels } = await readBaseline();
  expect(Object.keys(kernels).toSorted()).toEqual([
    "6.1",
    "7",
    ...["1 × 10", "1 × 4096", "1000 × 10"].map((load) => `7, ${load} entries`),
    "7, traced",
  ]);
  for (const name of ["6.1", "7"]) {
    const operations = Object.keys(kernels[name]?.bare ?? {});
    const warm = operations.filter((operation) => !/^(?:cold|first) /.test(operation));
    expect(warm).toEqual([
      ...["getppid", "open+close", "fork+exit+wait", "vfork+execve+wait"],
      ...["tcp connect+accept+close", "udp sendto", "unlink", "rename"],
      ...["overlay", "ext4", "overlay on ext4"].flatMap((place) =>
        ["open+close", "unlink", "rename"].map((operation) => `${operation}, ${place}`),
      ),
    ]);
  }
});
test("a line that is no count is refused with the line", () => {
  expect(() => parseCounts('{"name": "unlink", "instructions": "many"}')).toThrow("many");
});
