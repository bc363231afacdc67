/**
 * The estimate of the unseen mass against workloads whose unseen mass is known, over many seeds.
 */
import { unseenMass, type UnseenMass } from "@pahlevan/core/profile/unseen.ts";
import { describe, expect, it } from "vitest";
import { randomFrom } from "./random.ts";
import { live, workloads, type Workload } from "./workload.ts";

const seeds = Array.from({ length: 200 }, (_, seed) => seed + 1);
const lengthWindows = 1_500;

interface Look extends UnseenMass {
  readonly truth: number;
  /** What Good–Turing would say of accesses: how many were the only one of their behaviour. */
  readonly byAccesses: number;
}

/** Looks after every tenth window, as a loop would that acts when it likes what it sees. */
function looks(workload: Workload, seed: number): Look[] {
  const all: Look[] = [];
  const accesses = new Map<number, number>();
  const news: number[] = [];
  let windows = 0;
  for (const { seen, unseenMass: truth } of live(workload, randomFrom(seed))) {
    windows++;
    if (seen.some((behaviour) => !accesses.has(behaviour))) news.push(windows);
    for (const each of seen) accesses.set(each, (accesses.get(each) ?? 0) + workload.accesses);
    if (windows % 10 === 0) {
      const counts = [...accesses.values()];
      const total = counts.reduce((sum, count) => sum + count, 0);
      const byAccesses = counts.filter((count) => count === 1).length / total;
      all.push({ ...unseenMass({ windows, news }, 0.95), truth, byAccesses });
    }
    if (windows === lengthWindows) break;
  }
  return all;
}

const median = (values: readonly number[]) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
const mean = (values: readonly number[]) =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

describe.each(workloads)("$name", (workload) => {
  const runs = seeds.map((seed) => looks(workload, seed));
  const ends = runs.flatMap((run) => run.at(-1) ?? []);

  it("in 95 of 100 runs, no look ever finds more unseen than the bound says", () => {
    const broken = runs.filter((run) => run.some(({ truth, bound }) => truth > bound));
    expect(broken.length / runs.length).toBeLessThanOrEqual(0.05);
  });

  it("the bound is not absurdly loose", () => {
    const truth = mean(ends.map((look) => look.truth));
    const bound = median(ends.map((look) => look.bound));
    expect(bound).toBeLessThan(4 * truth + 0.01);
  });

  it("the estimate errs by being late, not by promising", () => {
    const truth = mean(ends.map((look) => look.truth));
    const estimate = mean(ends.map((look) => look.estimate));
    expect(estimate).toBeGreaterThanOrEqual(0.6 * truth);
    expect(estimate).toBeLessThan(2.5 * truth + 0.001);
  });

  it("counting accesses instead would say that nothing is missing", () => {
    const late = runs.flatMap((run) => run.slice(10)).filter(({ truth }) => truth > 0.01);
    expect(late.filter(({ byAccesses, truth }) => byAccesses >= truth)).toEqual([]);
  });
});
