/**
 * The loop through lives full of faults, by seeds (README.md). A life that breaks an invariant
 * prints its name, its seed and its last acts, and by these two is lived again.
 */
import { randomInt } from "node:crypto";
import { phases } from "@pahlevan/core/loop/phase.ts";
import { beforeAll, describe, expect, it } from "vitest";
import { crashPoints } from "./crash.ts";
import { happenings } from "./life.ts";
import { lives, lifeNames, rough, withoutCopies, type LifeName } from "./lives.ts";
import { simulate, type Told } from "./simulate.ts";

/** What each run lives: these seeds, and as many more that nobody has lived yet. */
const usual: Readonly<Record<LifeName, { readonly fixed: readonly number[]; fresh: number }>> = {
  rough: { fixed: [1, 4, 19, 24], fresh: 2 },
  besieged: { fixed: [1, 4, 19, 22], fresh: 2 },
  month: { fixed: [5], fresh: 1 },
  wide: { fixed: [2], fresh: 2 },
  // It takes minutes: for who asks for it.
  vast: { fixed: [], fresh: 0 },
};
const patienceMs = 3_600_000;

const seed = process.env["PAHLEVAN_SIM_SEED"];
const life = process.env["PAHLEVAN_SIM_LIFE"];
const asked = lifeNames.filter((name) => (life === undefined ? name !== "vast" : name === life));
if (asked.length === 0)
  throw new Error(`PAHLEVAN_SIM_LIFE: there is no ${life}, but ${lifeNames.join(", ")}`);

function seedsOf(name: LifeName): readonly number[] {
  if (seed !== undefined) return [Number(seed)];
  const { fixed, fresh } = life === undefined ? usual[name] : { fixed: [], fresh: 1 };
  return [...fixed, ...Array.from({ length: fresh }, () => randomInt(1 << 30))];
}

describe("whatever happens, every invariant holds", () => {
  const all = asked.flatMap((name) => seedsOf(name).map((each) => [name, each] as const));
  it.each(all)(
    "in a life that is %s (seed %i)",
    (name, each) => {
      expect(simulate(lives[name](each)).transitions).toBeGreaterThan(0);
    },
    patienceMs,
  );
});

describe("a life", () => {
  it("is the same each time that its seed is asked for", () => {
    expect(simulate(rough(7, 2))).toEqual(simulate(rough(7, 2)));
  });

  it.each([8, 9])("is the same when nothing is told twice (seed %i)", (each) => {
    const twice = rough(each, 4);
    expect(simulate(withoutCopies(twice)).loops).toEqual(simulate(twice).loops);
  });
});

describe.each(["disk", "kernel"] as const)("together, lives that write %s first", (first) => {
  let told: readonly Told[] = [];
  beforeAll(() => {
    told = [2, 7, 11].map((each) => {
      const usually = rough(each, 6);
      return simulate({ ...usually, first, daily: { ...usually.daily, crash: 24 } });
    });
  });

  it("are killed at every point", () => {
    const at = new Set(told.flatMap(({ kills }) => [...kills.keys()]));
    expect(crashPoints.filter((point) => !at.has(point))).toEqual([]);
  });

  it("see all that may happen, and every phase", () => {
    const seen = new Set(told.flatMap(({ happened }) => [...happened.keys()]));
    expect(happenings.filter((what) => !seen.has(what))).toEqual([]);
    const been = new Set(told.flatMap((each) => [...each.phases]));
    expect(phases.filter((phase) => phase !== "Pending" && !been.has(phase))).toEqual([]);
  });
});
