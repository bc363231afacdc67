/** Lives to simulate: what happens in each, and how often, by its seed. */
import { randomFrom } from "../random.ts";
import { policyOf } from "./made.ts";
import type { Happening, Life } from "./simulate.ts";
import { noFaults } from "./wire.ts";

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
    seed,
    days,
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
    },
  };
}

/** Nobody does anything but an attacker in one instance; releases give him the moment. */
export function besieged(seed: number, days = 30): Life {
  const { wire, nodes } = rough(seed);
  const random = randomFrom(seed ^ 0x51e6e);
  const instances = 2 + Math.floor(random() * 5);
  const policy = policies[Math.floor(random() * 5)] ?? policyOf();
  const daily = { ...never, release: 1, attack: 4, crash: 2, rescue: 24 };
  return { seed, days, nodes, wire, services: [{ policy, instances }], daily };
}

/** Many nodes, and one workload on all of them: little happens, and each step is large. */
export function coarse(seed: number): Life {
  const services = [{ policy: policyOf(), instances: 3_000 }];
  const daily = { ...never, rare: 4, operator: 2, crash: 4, "two leaders": 1 };
  return { seed, days: 1, nodes: 2_000, wire: noFaults, services, daily };
}

/** The same life, in which nothing is told twice. */
export function withoutCopies(life: Life): Life {
  return { ...life, wire: { ...life.wire, twice: 0 } };
}
