/** Lives to simulate: what happens in each, and how often, by its seed. */
import { randomFrom } from "../random.ts";
import { policyOf } from "./made.ts";
import type { Happening, Life } from "./life.ts";

const never: Readonly<Record<Happening, number>> = {
  release: 0,
  rare: 0,
  outage: 0,
  operator: 0,
  rescue: 0,
  attack: 0,
  scale: 0,
  edit: 0,
  contradiction: 0,
  emergency: 0,
  crash: 0,
  partition: 0,
  "node lost": 0,
  "node cut": 0,
  "clock jump": 0,
  "two leaders": 0,
};

const enforcement = { mode: "enforce", blockUnknown: true };
const policies = [
  policyOf(),
  policyOf({ learning: { autoTransition: false } }),
  policyOf({ selfHealing: { strategy: "gradual" } }),
  policyOf({ selfHealing: { strategy: "emergency" } }),
  policyOf({ selfHealing: { strategy: "relearn" } }),
  policyOf({ selfHealing: { enabled: false } }),
  policyOf({ learning: { enabled: false } }),
  policyOf({ enforcement: { ...enforcement, canary: { steps: [2, "50%"], stepDuration: "1m" } } }),
  policyOf({ enforcement: { mode: "monitor", blockUnknown: true } }),
];

/** All that may happen does. */
export function rough(seed: number, days = 30): Life {
  const random = randomFrom(seed ^ 0x5eed);
  const upTo = (most: number) => Math.floor(random() * (most + 1));
  return {
    name: "rough",
    seed,
    days,
    first: seed % 2 === 0 ? "kernel" : "disk",
    nodes: 1 + upTo(9),
    services: Array.from({ length: 1 + upTo(3) }, () => ({
      policy: policies[upTo(policies.length - 1)] ?? policyOf(),
      instances: 1 + upTo(11),
    })),
    wire: { lost: random() * 0.5, twice: random(), mostDelayMs: upTo(20) * 60_000 },
    daily: {
      release: random(),
      rare: random() * 6,
      outage: random(),
      operator: random() * 6,
      rescue: random(),
      attack: random(),
      scale: random(),
      edit: random() / 4,
      contradiction: random() / 4,
      emergency: random() / 4,
      crash: random() * 6,
      partition: random() * 6,
      "clock jump": random() / 2,
      "two leaders": random(),
      "node lost": random() / 2,
      "node cut": random(),
    },
  };
}

/** Nobody does anything but an attacker in one instance; releases give him the moment. */
function besieged(seed: number, days = 30): Life {
  const random = randomFrom(seed ^ 0x51e6e);
  const instances = 2 + Math.floor(random() * 5);
  const policy = policies[Math.floor(random() * 5)] ?? policyOf();
  const daily = { ...never, release: 1, attack: 4, crash: 2, rescue: 24 };
  return { ...rough(seed, days), name: "besieged", services: [{ policy, instances }], daily };
}

interface Size {
  readonly name: string;
  readonly days: number;
  readonly nodes: number;
  readonly policies: number;
  /** How many days pass between two things that happen to one policy. */
  readonly restDays: number;
}

/** All that may happen does, to so many. */
function wide(seed: number, size: Size): Life {
  const { name, days, nodes, policies: many, restDays } = size;
  const { wire, first } = rough(seed);
  const random = randomFrom(seed ^ 0x71de);
  const services = Array.from({ length: many }, (_, at) => ({
    policy: policies[Math.floor(random() * policies.length)] ?? policyOf(),
    // Most are small, some are on every hundredth node, and one is on half of them.
    instances: at === 0 ? Math.ceil(nodes / 2) : 1 + Math.floor(random() ** 4 * (nodes / 100)),
  }));
  const often = many / restDays;
  return {
    ...{ name, seed, days, nodes, services, wire, first },
    daily: {
      release: often / 6,
      rare: often / 4,
      outage: often / 30,
      operator: often / 6,
      rescue: often / 3,
      attack: often / 30,
      scale: often / 8,
      edit: often / 50,
      contradiction: often / 100,
      emergency: 0.1,
      crash: 24 / restDays,
      partition: 8 / restDays,
      "node lost": often / 60,
      "node cut": often / 60,
      "clock jump": 0.4 / restDays,
      "two leaders": 2 / restDays,
    },
  };
}

/** The same life, in which nothing is told twice. */
export function withoutCopies(life: Life): Life {
  return { ...life, wire: { ...life.wire, twice: 0 } };
}

/** What a seed may be lived as. */
export const lifeNames = ["rough", "besieged", "month", "wide", "vast"] as const;
export type LifeName = (typeof lifeNames)[number];

export const lives: Readonly<Record<LifeName, (seed: number) => Life>> = {
  rough: (seed) => rough(seed, 4),
  besieged: (seed) => besieged(seed, 4),
  month: (seed) => ({ ...rough(seed, 60), name: "month" }),
  wide: (seed) => wide(seed, { name: "wide", days: 1, nodes: 2_000, policies: 300, restDays: 2 }),
  vast: (seed) =>
    wide(seed, { name: "vast", days: 60, nodes: 3_000, policies: 2_000, restDays: 5 }),
};
