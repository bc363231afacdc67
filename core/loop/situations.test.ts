/** Bursts of denials as they come in real life, and what the loop makes of each. */
import { describe, expect, it } from "vitest";
import {
  at,
  denialOf,
  instances,
  minute,
  settled,
  signalOf,
  worldOf,
} from "../../test/sim/loop/made.ts";
import type { Reading } from "./adjudicate.ts";
import type { Loop } from "./loop.ts";
import type { Phase } from "./phase.ts";
import { reduce } from "./reduce.ts";
import { usualSettings } from "./settings.ts";
import type { Signal } from "./signal.ts";
import type { World } from "./world.ts";

interface Situation {
  readonly story: string;
  readonly world: Partial<World>;
  readonly loop?: Loop;
  readonly signals?: readonly Signal[];
  readonly reads: Reading;
  readonly leads: Phase;
}

const enforcing = at("Enforcing");
const slo = signalOf("rollback", "alertmanager", { by: "WebErrorRatio" });
const rollout = { atMs: 0, what: "a new template came" };
const edited = { atMs: 0, what: "the policy was edited" };
const advanced = { atMs: 0, what: "more instances enforce" };
const long = { atMs: -60 * minute, what: "a new template came" };
const one = instances(1);
const shadow = { behaviour: "file read /etc/shadow", sensitive: "password hashes", oddity: 0.6 };
const shell = {
  behaviour: "exec /bin/sh",
  facet: "exec",
  sensitive: "a shell of a server",
  oddity: 0.9,
} as const;
const miner = {
  behaviour: "exec /tmp/xmrig",
  facet: "exec",
  sensitive: undefined,
  oddity: 1,
} as const;
const c2 = {
  behaviour: "network connect tcp 203.0.113.9 4444",
  facet: "network",
  oddity: 0.9,
} as const;

const situations: readonly Situation[] = [
  // A policy that is wrong.
  {
    story: "a deploy brings a new dependency, on all replicas",
    world: {
      changed: rollout,
      denials: [
        denialOf({
          on: 10,
          behaviour: "network connect tcp 10.0.0.9 5432",
          facet: "network",
          oddity: 0.3,
        }),
      ],
    },
    reads: "policy",
    leads: "Healing",
  },
  {
    story: "a deploy brings it, and half of the replicas are new",
    world: { changed: rollout, denials: [denialOf({ on: 5 })] },
    reads: "policy",
    leads: "Healing",
  },
  {
    story: "the same, and the user's own alert fires",
    world: { changed: rollout, denials: [denialOf({ on: 6 })] },
    signals: [slo],
    reads: "policy",
    leads: "Healing",
  },
  {
    story:
      "log rotation at midnight, on every replica, long after the last change, and requests fail",
    world: {
      changed: long,
      denials: [denialOf({ on: 10, behaviour: "file rename_from /var/log/app.log" })],
    },
    signals: [slo],
    reads: "policy",
    leads: "Healing",
  },
  {
    story: "a certificate is renewed everywhere, and restarts fail",
    world: {
      changed: long,
      denials: [denialOf({ on: 10, behaviour: "file read /srv/certs/new.pem" })],
      failed: { enforced: 8, watched: 0 },
    },
    reads: "policy",
    leads: "Healing",
  },
  {
    story: "a crash loop by a start-up file that is denied",
    world: {
      changed: rollout,
      denials: [denialOf({ on: 10, denied: 3, behaviour: "file read /etc/app/extra.conf" })],
      failed: { enforced: 10, watched: 0 },
    },
    reads: "policy",
    leads: "Healing",
  },
  {
    story: "a single instance, just deployed, crashes at its start",
    world: {
      instances: one,
      changed: rollout,
      denials: [denialOf({ on: 1, denied: 2 })],
      failed: { enforced: 1, watched: 0 },
    },
    reads: "policy",
    leads: "Healing",
  },
  {
    story: "a single instance, just deployed, is refused what it needs, and the user's alert fires",
    world: { instances: one, changed: rollout, denials: [denialOf({ on: 1 })] },
    signals: [slo],
    reads: "policy",
    leads: "Healing",
  },
  {
    story: "the policy was edited, and everybody suffers",
    world: { changed: edited, denials: [denialOf({ on: 9 })] },
    reads: "policy",
    leads: "Healing",
  },
  {
    story: "the canary's instance is refused what all others would be refused, too",
    loop: at("Canary"),
    world: { changed: advanced, denials: [denialOf({ on: 10, denied: 6, watched: 50 })] },
    reads: "policy",
    leads: "Healing",
  },
  {
    story: "a helper is run by every replica for the first time in months, and they fail",
    world: {
      changed: long,
      denials: [
        denialOf({ on: 10, behaviour: "exec /usr/bin/pg_dump", facet: "exec", oddity: 0.4 }),
      ],
      failed: { enforced: 9, watched: 0 },
    },
    reads: "policy",
    leads: "Healing",
  },
  {
    story: "many facets at once after a new base image",
    world: {
      changed: rollout,
      denials: [
        denialOf({ on: 10 }),
        denialOf({ on: 10, facet: "syscall", behaviour: "syscall statx" }),
        denialOf({ on: 10, facet: "exec", behaviour: "exec /usr/bin/tini", oddity: 0.4 }),
      ],
    },
    reads: "policy",
    leads: "Healing",
  },
  {
    story: "requests fail since the last step, and nothing was refused",
    loop: at("Canary", { step: 1, transitions: [step(1)] }),
    world: { changed: advanced },
    signals: [slo],
    reads: "unclear",
    leads: "Healing",
  },
  {
    story: "an operator rolls back whatever the evidence says",
    loop: at("Canary", { step: 2 }),
    world: { denials: [denialOf({ on: 1, ...shadow })] },
    signals: [signalOf("rollback", "operator")],
    reads: "attack",
    leads: "Canary",
  },
  // Someone is in.
  {
    story: "one replica runs a shell and reads password hashes",
    world: { changed: long, denials: [denialOf(shell), denialOf(shadow)] },
    reads: "attack",
    leads: "Quarantine",
  },
  {
    story: "one replica runs what it dropped into /tmp, a shell before it",
    world: { changed: long, denials: [denialOf(miner), denialOf(shell)] },
    reads: "attack",
    leads: "Quarantine",
  },
  {
    story: "one replica is compromised and noisy on purpose, to cause a rollback",
    world: { changed: long, denials: [denialOf({ denied: 5_000 }), denialOf(shadow)] },
    reads: "attack",
    leads: "Quarantine",
  },
  {
    story: "a reverse shell, right after a rollout",
    world: { changed: rollout, denials: [denialOf(shell), denialOf(c2)] },
    reads: "attack",
    leads: "Quarantine",
  },
  {
    story: "the only instance reads password hashes in the middle of the night",
    world: { instances: one, changed: long, denials: [denialOf({ on: 1, ...shadow })] },
    reads: "attack",
    leads: "Quarantine",
  },
  {
    story: "the canary itself is the compromised one",
    loop: at("Canary"),
    world: { changed: advanced, denials: [denialOf({ ...shell, instances: ["i4"] })] },
    reads: "attack",
    leads: "Quarantine",
  },
  {
    story: "an attack while the user's alert fires for another reason",
    world: { changed: long, denials: [denialOf({ ...shell }), denialOf({ ...shadow, denied: 1 })] },
    signals: [slo],
    reads: "attack",
    leads: "Quarantine",
  },
  // Nobody can know: nothing is loosened.
  {
    story: "one replica is noisy with harmless files, long after any change",
    world: { changed: long, denials: [denialOf({ denied: 10_000 })] },
    reads: "unclear",
    leads: "Enforcing",
  },
  {
    story: "one replica is noisy with harmless files right after a rollout",
    world: { changed: rollout, denials: [denialOf({ denied: 10_000 })] },
    reads: "unclear",
    leads: "Enforcing",
  },
  {
    story: "one replica is noisy and ends itself again and again",
    world: {
      changed: rollout,
      denials: [denialOf({ denied: 500 })],
      failed: { enforced: 1, watched: 0 },
    },
    reads: "unclear",
    leads: "Enforcing",
  },
  {
    story: "one replica is noisy, and makes the user's alert fire",
    world: { changed: rollout, denials: [denialOf({ denied: 500 })] },
    signals: [slo],
    reads: "unclear",
    leads: "Enforcing",
  },
  {
    story: "one replica is noisy after a rollout, and the shipped alert counts its denials",
    world: { changed: rollout, denials: [denialOf({ denied: 500 })] },
    signals: [signalOf("rollback", "alertmanager", { by: "PahlevanViolationBurst" })],
    reads: "unclear",
    leads: "Enforcing",
  },
  {
    story: "the shipped alert says that someone is in, and the verdict names nobody",
    world: { changed: long },
    signals: [signalOf("quarantine", "alertmanager", { by: "PahlevanSuspectedAttack" })],
    reads: "unclear",
    leads: "Enforcing",
  },
  {
    story: "what was only watched is at fault for nothing",
    world: { changed: rollout, denials: [denialOf({ on: 10, denied: 0, watched: 900 })] },
    signals: [slo],
    reads: "unclear",
    leads: "Enforcing",
  },
  {
    story: "one of two replicas is noisy, and makes the user's alert fire",
    world: { instances: instances(2), changed: rollout, denials: [denialOf({ denied: 500 })] },
    signals: [slo],
    reads: "unclear",
    leads: "Enforcing",
  },
  {
    story: "the only instance is noisy, and nothing had changed",
    world: { instances: one, changed: long, denials: [denialOf({ on: 1 })] },
    reads: "unclear",
    leads: "Enforcing",
  },
  {
    story: "the only instance ends itself again and again, and nothing had changed",
    world: {
      instances: one,
      changed: long,
      denials: [denialOf({ on: 1 })],
      failed: { enforced: 1, watched: 0 },
    },
    reads: "unclear",
    leads: "Enforcing",
  },
  {
    story: "slow exfiltration: one new peer, once in a while",
    world: { changed: long, denials: [denialOf({ ...c2, denied: 1 })] },
    reads: "unclear",
    leads: "Enforcing",
  },
  {
    story: "someone debugs by exec in one replica",
    world: {
      changed: long,
      denials: [denialOf({ behaviour: "exec /usr/bin/ps", facet: "exec", oddity: 0.4 })],
    },
    reads: "unclear",
    leads: "Enforcing",
  },
  {
    story: "all replicas touch what nobody learns silently, right after a rollout",
    world: { changed: rollout, denials: [denialOf({ on: 10, ...shadow })] },
    reads: "attack",
    leads: "Enforcing",
  },
  {
    story: "a wrong policy and an attacker in one replica at the same time",
    world: { changed: rollout, denials: [denialOf({ on: 10 }), denialOf(shadow)] },
    signals: [slo],
    reads: "unclear",
    leads: "Enforcing",
  },
  {
    story: "everybody runs into what the policy denies by name",
    world: { changed: rollout, denials: [denialOf({ on: 10, explicit: true })] },
    reads: "unclear",
    leads: "Enforcing",
  },
  {
    story: "a neighbour takes the processors, and the user's alert fires long after any change",
    world: { changed: long },
    signals: [slo],
    reads: "unclear",
    leads: "Enforcing",
  },
  {
    story: "a node is out of memory: instances fail, and nothing was refused",
    world: { changed: long, failed: { enforced: 4, watched: 0 } },
    reads: "unclear",
    leads: "Enforcing",
  },
  {
    story: "a health probe is slow, and fails in both halves",
    loop: at("Canary", { step: 2 }),
    world: { changed: long, failed: { enforced: 2, watched: 2 } },
    reads: "unclear",
    leads: "Canary",
  },
  {
    story: "a few denials, fewer than the policy asks for",
    world: { changed: rollout, denials: [denialOf({ on: 10, denied: 4 })] },
    reads: "policy",
    leads: "Enforcing",
  },
  {
    story: "two of ten replicas show it: a batch job of two shards, or two break-ins",
    world: { changed: long, denials: [denialOf({ on: 2 })] },
    reads: "unclear",
    leads: "Enforcing",
  },
  {
    story: "Datadog's monitor asks for a rollback, and one replica is noisy",
    world: { changed: rollout, denials: [denialOf({ denied: 500 })] },
    signals: [signalOf("rollback", "datadog")],
    reads: "unclear",
    leads: "Enforcing",
  },
  {
    story: "an alert asks to learn again, and nothing of the workload changed",
    world: { changed: long },
    signals: [signalOf("relearn")],
    reads: "unclear",
    leads: "Enforcing",
  },
  {
    story: "a scanner asks every replica for odd things, and all of them deny it",
    world: {
      changed: long,
      denials: [denialOf({ on: 10, behaviour: "file read /srv/../etc/hosts.bak", oddity: 0.5 })],
    },
    reads: "unclear",
    leads: "Enforcing",
  },
  {
    story: "an alert asks to learn again after a rollout, and nothing was at fault",
    world: { changed: rollout },
    signals: [signalOf("relearn")],
    reads: "unclear",
    leads: "Enforcing",
  },
  {
    story: "an alert asks to learn again after a rollout, and a remedy is in force",
    loop: at("Enforcing", { candidates: [{ behaviour: "exec /a", sinceMs: 0, expiresMs: 1 }] }),
    world: { changed: rollout },
    signals: [signalOf("relearn")],
    reads: "unclear",
    leads: "Learning",
  },
  {
    story: "an alert asks to learn again, a remedy is in force, and only the loop itself moved",
    loop: at("Enforcing", {
      candidates: [{ behaviour: "exec /a", sinceMs: 0, expiresMs: 1 }],
      transitions: [step(1)],
    }),
    world: { changed: advanced },
    signals: [signalOf("relearn")],
    reads: "unclear",
    leads: "Enforcing",
  },
  {
    story: "the agent has just begun, one of ten replicas has a name, and its step is over",
    loop: at("Canary"),
    world: { nowMs: 6 * minute, instances: one, unnamed: 9 },
    signals: [signalOf("advance")],
    reads: "unclear",
    leads: "Canary",
  },
  {
    story: "learning is complete at night, while no replica runs",
    loop: at("Learning"),
    world: { instances: [] },
    signals: [signalOf("promote")],
    reads: "unclear",
    leads: "Canary",
  },
  {
    story: "one alert asks for an emergency",
    world: { changed: long },
    signals: [signalOf("emergency")],
    reads: "unclear",
    leads: "Enforcing",
  },
  {
    story: "two sources ask for an emergency",
    world: { changed: long },
    signals: [signalOf("emergency"), signalOf("emergency", "grafana")],
    reads: "unclear",
    leads: "Emergency",
  },
];

function step(to: number): Loop["transitions"][number] {
  const cause = { source: "timer", by: "timer", says: "" } as const;
  return { from: "Canary", to: "Canary", step: to, atMs: 0, signal: "advance", cause, does: "" };
}

describe("a wrong policy", () => {
  it("lets through what many are refused, and not what one shows meanwhile", () => {
    const odd = denialOf({ behaviour: "file read /srv/loot", instances: ["i3"] });
    const denials = [denialOf({ on: 10 }), odd];
    const { loop } = reduce(enforcing, [], worldOf({ changed: rollout, denials }), usualSettings);
    expect(loop.candidates.map(({ behaviour }) => behaviour)).toEqual([denialOf().behaviour]);
  });
});

const looser: ReadonlySet<Phase> = new Set(["Healing", "RolledBack", "Learning", "Emergency"]);

describe("a burst", () => {
  it.each(situations)("$story", ({ loop = enforcing, world, signals = [], reads, leads }) => {
    const { loop: next } = reduce(loop, signals, worldOf(world), usualSettings);
    const { verdict, why } = next;
    expect({ phase: next.phase, says: verdict?.says ?? why }).toMatchObject({ phase: leads });
    if (verdict !== undefined) expect(verdict).toMatchObject({ reading: reads });
  });
});

describe("an attacker in one of many instances", () => {
  const alone = situations
    .flatMap(({ world }) => world.denials ?? [])
    .map((denial) => ({ ...denial, instances: ["i3"] }));
  const bursts = [...alone.map((denial) => [denial]), alone];
  const failed = { enforced: 1, watched: 0 };

  it.each([2, 3, 10, 100])("of %i loosens nothing by what he does there", (count) => {
    for (const changed of [rollout, edited, long, undefined])
      for (const signals of [[], [slo]])
        for (const denials of bursts) {
          const world = worldOf({ instances: instances(count), changed, denials, failed });
          const { loop } = settled(enforcing, world, signals);
          const isLoosened = looser.has(loop.phase);
          expect({ isLoosened, why: loop.why }).toMatchObject({ isLoosened: false });
        }
  });
});
