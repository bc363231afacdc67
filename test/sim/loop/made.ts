/** A made world around a loop: all is well in it, until a test says otherwise. */
import { beginning, type Loop } from "@pahlevan/core/loop/loop.ts";
import { reduce, type Outcome } from "@pahlevan/core/loop/reduce.ts";
import { usualSettings } from "@pahlevan/core/loop/settings.ts";
import type { Signal, SignalKind, Source } from "@pahlevan/core/loop/signal.ts";
import type { Denial, World } from "@pahlevan/core/loop/world.ts";
import { normalise } from "@pahlevan/core/policy/normalise.ts";
import { parsePolicy } from "@pahlevan/core/policy/parse.ts";
import type { Policy } from "@pahlevan/core/policy/policy.ts";
import { apiVersion, kind } from "@pahlevan/core/policy/schema/policy.ts";

export const minute = 60_000;
export const hour = 60 * minute;
export const day = 24 * hour;

const place = { cluster: "", namespace: "shop", policy: "web", workload: "web" };

export function policyOf(spec: object = {}): Policy {
  const vocabulary = { syscalls: new Set<string>(), capabilities: new Set<string>(), nowMs: 0 };
  const enforcement = { mode: "enforce", blockUnknown: true };
  const document = {
    apiVersion,
    kind,
    metadata: { name: place.policy, namespace: place.namespace },
    spec: { selector: {}, enforcement, ...spec },
  };
  const { policy, problems } = parsePolicy(document, vocabulary);
  if (policy === undefined) throw new Error(JSON.stringify(problems));
  return normalise(policy);
}

const fine = { answer: "yes", says: "" } as const;
const usualPolicy = policyOf();

export function instances(count: number, template = "v1"): World["instances"] {
  return Array.from({ length: count }, (_, at) => ({
    id: `i${at}`,
    node: `n${at % 3}`,
    template,
  }));
}

export function worldOf(some: Partial<World> = {}): World {
  return {
    nowMs: 0,
    place,
    policy: usualPolicy,
    learning: { enabled: true, converged: true, waitsFor: "", trial: fine, own: fine },
    seen: true,
    newest: "v1",
    instances: instances(10),
    unnamed: 0,
    alone: false,
    denials: [],
    failed: { enforced: 0, watched: 0 },
    changed: undefined,
    heartbeat: "not expected",
    room: { looser: true, tighter: true },
    ...some,
  };
}

export function denialOf(some: Partial<Denial> & { readonly on?: number } = {}): Denial {
  const { on = 1, ...rest } = some;
  return {
    behaviour: "file read /srv/new.conf",
    facet: "file",
    instances: Array.from({ length: on }, (_, at) => `i${at}`),
    denied: 10,
    watched: 0,
    explicit: false,
    sensitive: undefined,
    oddity: 0.1,
    lastMs: 0,
    ...rest,
  };
}

export function signalOf(
  signal: SignalKind,
  source: Source = "alertmanager",
  some: Partial<Signal> = {},
): Signal {
  return {
    kind: signal,
    source,
    fingerprint: `${source}-${signal}`,
    startsAtMs: 0,
    status: "firing",
    target: { namespace: place.namespace, policy: place.policy },
    by: `${source}'s alert`,
    says: "",
    ...some,
  };
}

export function at(phase: Loop["phase"], some: Partial<Loop> = {}): Loop {
  return { ...beginning(0), phase, template: "v1", ...some };
}

/** Until it moves no more, as its engine does; what it has moved by is seen no more. */
export function settled(loop: Loop, world: World, signals: readonly Signal[] = []): Outcome {
  const first = reduce(loop, signals, world, usualSettings);
  const effects = [...first.effects];
  let next = first;
  for (let turn = 0; next.moved && turn < 4; turn++) {
    next = reduce(next.loop, [], { ...world, denials: [], failed: calm }, usualSettings);
    effects.push(...next.effects);
  }
  return { loop: next.loop, effects, moved: first.moved };
}

const calm = { enforced: 0, watched: 0 };
