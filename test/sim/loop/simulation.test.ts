/**
 * The loop through days of faults, by seeds. A life that breaks an invariant prints its seed and
 * its last acts; PAHLEVAN_SIM_SEED=… lives it again.
 */
import { randomInt } from "node:crypto";
import { describe, expect, it } from "vitest";
import { besieged, coarse, rough, withoutCopies } from "./lives.ts";
import { simulate } from "./simulate.ts";

const asked = process.env["PAHLEVAN_SIM_SEED"];
const fresh = () => Array.from({ length: 2 }, () => randomInt(1 << 30));
const seeds = asked === undefined ? [1, 4, 19, 24, ...fresh()] : [Number(asked)];
const days = asked === undefined ? 4 : 30;

describe("whatever happens, every invariant holds", () => {
  it.each(seeds)("in a rough life (seed %i)", (seed) => {
    const told = simulate(rough(seed, days));
    expect(told.transitions).toBeGreaterThan(0);
  });

  it.each(seeds)("with somebody in one instance (seed %i)", (seed) => {
    expect(simulate(besieged(seed, days)).transitions).toBeGreaterThan(0);
  });

  it("on thousands of nodes", () => {
    expect(simulate(coarse(3)).phases).toContain("Enforcing");
  });
});

describe("a life", () => {
  it("is the same each time that its seed is asked for", () => {
    expect(simulate(rough(7, 2))).toEqual(simulate(rough(7, 2)));
  });

  it("is the same when nothing is told twice", () => {
    const life = rough(8, 4);
    expect(simulate(withoutCopies(life)).loops).toEqual(simulate(life).loops);
  });
});

it("together, lives come through every phase", () => {
  const phases = new Set([2, 7, 11].flatMap((seed) => [...simulate(rough(seed, 6)).phases]));
  for (const phase of ["Learning", "Canary", "Enforcing", "Healing", "Quarantine", "Emergency"])
    expect(phases).toContain(phase);
});
