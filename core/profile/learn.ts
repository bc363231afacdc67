/** Learning: the profile after some more facts. */
import { behaviourText } from "../behaviour/behaviour-text.ts";
import { forFacets, type Behaviour } from "../behaviour/behaviour.ts";
import type { KernelEvent } from "../behaviour/event.ts";
import { nameOf } from "../behaviour/name.ts";
import { firstWord, readingOf } from "../behaviour/reading.ts";
import { BoundedBuilder } from "./bounded.ts";
import { joinedEntry, type Entry } from "./entry.ts";
import type { Fact, TimedFact, Use } from "./fact.ts";
import { joinedHeld } from "./held.ts";
import { joinedInstance, keyOf, type Instance, type InstanceKey } from "./instance.ts";
import { deniedByPolicy, rulesHolding } from "./known-bad.ts";
import {
  isDecided,
  lived,
  steadySince,
  usualLifecycle,
  type LifecycleSettings,
} from "./lifecycle.ts";
import {
  behaviourBounds,
  emptyProfile,
  heldBounds,
  instanceBounds,
  rolloutBounds,
  verdictBounds,
  type Profile,
} from "./profile.ts";
import { rolloutKey } from "./rollout.ts";
import { joinedVerdict } from "./verdict.ts";

export function learn(
  profile: Profile,
  facts: Iterable<Fact>,
  settings?: LifecycleSettings,
): Profile {
  const learner = new Learner(profile, settings);
  for (const fact of facts) learner.learn(fact);
  return learner.profile();
}

/** The same, kept open: who learns for long does not copy the profile for each fact. */
export class Learner {
  readonly #settings: LifecycleSettings;
  readonly #facets;
  readonly #held;
  readonly #verdicts;
  readonly #instances;
  readonly #rollouts;

  constructor(from: Profile = emptyProfile, settings: LifecycleSettings = usualLifecycle) {
    this.#settings = settings;
    this.#facets = forFacets(
      (facet) => new BoundedBuilder(behaviourBounds[facet], from.facets[facet]),
    );
    this.#held = new BoundedBuilder(heldBounds, from.held);
    this.#verdicts = new BoundedBuilder(verdictBounds, from.verdicts);
    this.#instances = new BoundedBuilder(instanceBounds, from.instances);
    this.#rollouts = new BoundedBuilder(rolloutBounds, from.rollouts);
  }

  profile(): Profile {
    return {
      facets: forFacets((facet) => this.#facets[facet].build()),
      held: this.#held.build(),
      verdicts: this.#verdicts.build(),
      instances: this.#instances.build(),
      rollouts: this.#rollouts.build(),
    };
  }

  learn(fact: Fact): void {
    switch (fact.fact) {
      case "began": {
        const { instance, image, template, fromStart, tells } = fact;
        const begun = { ...newInstance(instance), image, template, adopted: !fromStart, tells };
        return this.#put(begun);
      }
      case "rolled_out":
        return this.#rollouts.set(rolloutKey(fact.rollout), fact.rollout);
      case "decided": {
        const { text, verdict } = fact;
        const before = this.#verdicts.get(text);
        return this.#verdicts.set(text, before ? joinedVerdict(before, verdict) : verdict);
      }
      default:
        return this.#put(this.#after(fact, this.#aged(fact)));
    }
  }

  #put(instance: Instance): void {
    const key = keyOf(instance);
    const before = this.#instances.get(key);
    // Joined in either case: that also puts the fields into one order, as documents have them.
    this.#instances.set(key, joinedInstance(before ?? instance, instance));
  }

  /** The instance as it is when the fact comes: perhaps it has become steady since the last one. */
  #aged({ instance: key, atMs }: TimedFact): Instance {
    const known = this.#instances.get(keyOf(key));
    // Nobody told of its start.
    const instance = known ?? { ...newInstance(key), adopted: true };
    const steadySinceMs = steadySince(instance, atMs, this.#settings);
    const watchedToMs = Math.max(instance.watchedToMs, atMs);
    return { ...instance, watchedToMs, ...(steadySinceMs !== undefined && { steadySinceMs }) };
  }

  #after(fact: TimedFact, instance: Instance): Instance {
    const { atMs } = fact;
    switch (fact.fact) {
      case "seen":
        return this.#seen(fact.event, atMs, instance);
      case "counted":
        return this.#counted(fact, instance);
      case "watched":
        return { ...instance, lost: Math.max(instance.lost, fact.lost) };
      case "calls_missed":
        return { ...instance, callsMissedMs: Math.min(instance.callsMissedMs ?? atMs, atMs) };
      case "ready":
        return { ...instance, readyMs: Math.min(instance.readyMs ?? atMs, atMs) };
      case "retold":
        return { ...instance, retold: true, steadySinceMs: instance.steadySinceMs ?? atMs };
    }
  }

  #seen(event: KernelEvent, atMs: number, before: Instance): Instance {
    const { flags } = event;
    const adopted = before.adopted || flags.includes("adopted");
    const lost = flags.includes("lossy") ? Math.max(before.lost, 1) : before.lost;
    // What a runtime does in the container before its first program is no need of the workload.
    if (flags.includes("setup")) return { ...before, adopted, lost };
    const { behaviours, unclear } = readingOf(event);
    for (const behaviour of behaviours) this.#add(behaviour, atMs, before, event);
    return {
      ...before,
      ...lived(before, event, behaviours, atMs),
      adopted,
      lost,
      unclear: before.unclear + (unclear === undefined ? 0 : 1),
      samples: before.samples + 1,
    };
  }

  #counted(fact: Extract<Fact, { fact: "counted" }>, instance: Instance): Instance {
    const { atMs, syscalls, compatSyscalls, capabilities, ringOperations } = fact;
    const add = (uses: readonly Use[], behaviourOf: (name: string) => Behaviour) => {
      for (const { name } of uses) this.#addCounted(behaviourOf(name), atMs, instance);
    };
    add(syscalls, (name) => ({ facet: "syscall", name, compat: false }));
    add(compatSyscalls, (name) => ({ facet: "syscall", name: firstWord(name), compat: true }));
    add(capabilities, (name) => ({ facet: "capability", name }));
    add(ringOperations, (operation) => ({ facet: "io_uring", operation }));
    const all = [...syscalls, ...compatSyscalls, ...capabilities, ...ringOperations];
    // Counters only grow, so the last reading holds all earlier ones: not added, but the greatest.
    const counted = all.reduce((sum, { count }) => sum + count, 0);
    return { ...instance, samples: Math.max(instance.samples, counted) };
  }

  /**
   * A count has no time of its own: what the instance has not told of (a record was lost) is taken
   * for steady, which allows it always. So is all that it counts once it was retold.
   */
  #addCounted(behaviour: Behaviour, atMs: number, instance: Instance): void {
    const key = keyOf(instance);
    const known = this.#facets[behaviour.facet].get(behaviourText(behaviour));
    const isTold = known?.more || known?.instances.some(({ name }) => name === key);
    if (isTold && (known?.steady || !instance.retold)) return;
    this.#add(behaviour, atMs, { ...instance, steadySinceMs: atMs });
  }

  #add(behaviour: Behaviour, atMs: number, instance: Instance, event?: KernelEvent): void {
    const text = behaviourText(behaviour);
    const learned = this.#facets[behaviour.facet];
    const known = learned.get(text);
    const rules =
      event && isDecided(event)
        ? [deniedByPolicy]
        : rulesHolding(behaviour, event, known !== undefined);
    if (rules.length === 0) return learned.set(text, entryOf(known, atMs, instance, event));
    const before = this.#held.get(text);
    const exe = event?.process?.exe;
    const held = {
      ...entryOf(before, atMs, instance, event),
      rules: rules.map(({ name }) => name).sort(),
      actors: exe === undefined ? [] : [{ name: nameOf(exe), atMs }],
    };
    this.#held.set(text, before ? joinedHeld(before, held) : held);
  }
}

function entryOf(
  known: Entry | undefined,
  atMs: number,
  instance: Instance,
  event: KernelEvent | undefined,
): Entry {
  const isSteady = instance.steadySinceMs !== undefined && atMs >= instance.steadySinceMs;
  const exec = event?.detail.kind === "exec" ? event.detail : undefined;
  const seen: Entry = {
    instances: [{ name: keyOf(instance), atMs }],
    more: false,
    templates: [{ name: instance.template, atMs }],
    init: !isSteady,
    steady: isSteady,
    ...(isSteady && { steadyMs: atMs }),
    asCalled: event?.flags.includes("user_text") === true,
    identities: exec === undefined ? [] : [{ name: `${exec.device}:${exec.inode}`, atMs }],
  };
  return known === undefined ? seen : joinedEntry(known, seen);
}

function newInstance({ id, startedMs }: InstanceKey): Instance {
  return {
    id,
    startedMs,
    image: "",
    template: "",
    adopted: false,
    lost: 0,
    unclear: 0,
    samples: 0,
    watchedToMs: startedMs,
    newsMs: startedMs,
    retold: false,
    tells: [],
  };
}
