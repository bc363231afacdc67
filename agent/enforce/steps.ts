/**
 * Steps of this host's loops: signals and what is true go in; what comes out the kernel holds,
 * others are asked for, and is written down.
 */
import type { LearnedFacet } from "@pahlevan/core/behaviour/behaviour.ts";
import { movesIn, recentMoves, roomFor, type Moved } from "@pahlevan/core/loop/caps.ts";
import type { Effect } from "@pahlevan/core/loop/effect.ts";
import type { LoopSettings } from "@pahlevan/core/loop/settings.ts";
import type { Signal } from "@pahlevan/core/loop/signal.ts";
import type { Heartbeat } from "@pahlevan/core/loop/world.ts";
import type { StoredProfile } from "../store/profiles.ts";
import { workloadText, type WorkloadName } from "../store/workload-name.ts";
import { isAlone, keyOf, type Held } from "./held.ts";
import type { HeldWorkload, Means, Surroundings } from "./held-workload.ts";
import type { KeptLoops } from "./kept-loops.ts";

export interface StepsOptions {
  readonly kernel: Means["kernel"];
  readonly profiles: {
    read(name: WorkloadName): StoredProfile | undefined;
    revisionOf(name: WorkloadName): number | undefined;
  };
  readonly settings: LoopSettings;
  readonly heartbeat: (nowMs: number) => Heartbeat;
  readonly blind: () => ReadonlySet<LearnedFacet>;
  readonly nowMs: () => number;
  /** How often a workload in learning is looked at. */
  readonly reviewMs: number;
  /** What a loop asks of others: in the order in which it came about. */
  readonly perform: (workload: HeldWorkload, effect: Effect) => void;
  /** A workload's learning has seen enough, which it had not before. */
  readonly converged: (workload: HeldWorkload) => void;
  readonly complain: (says: string) => void;
}

/** What whoever keeps the workloads does for a step. */
export interface Keeper {
  /** How many workloads are held. */
  readonly count: () => number;
  /** Instances that live and have no name yet. */
  readonly unnamed: () => number;
  /** Those of it with that id are held to that row. */
  readonly bind: (held: Held, id: string, row: number) => void;
  /** Its rows are what they are now. */
  readonly stepped: (held: Held) => void;
  readonly save: () => void;
}

export class Steps {
  readonly #options: StepsOptions;
  readonly #kept: KeptLoops;
  readonly #keeper: Keeper;
  #moves: readonly Moved[];

  constructor(options: StepsOptions, kept: KeptLoops, keeper: Keeper) {
    this.#options = options;
    this.#kept = kept;
    this.#keeper = keeper;
    this.#moves = [...kept.all()].flatMap(([key, loop]) => movesIn(key, loop.transitions));
  }

  isDue(held: Held): boolean {
    const { nowMs, reviewMs, profiles } = this.#options;
    const { workload, revision, reviewedMs } = held;
    const ends = workload.assessment?.whole.expiresMs;
    if (reviewedMs === undefined || (ends !== undefined && ends <= nowMs())) return true;
    if (Math.abs(nowMs() - reviewedMs) < reviewMs) return false;
    return isOnItsWay(held) || profiles.revisionOf(workload.name) !== revision;
  }

  /** What keeps it from being looked at leaves in force what is there. */
  step(held: Held, signals: readonly Signal[], anew: boolean): void {
    const { workload, evidence } = held;
    const { complain, perform, nowMs } = this.#options;
    if (anew) held.reviewedMs = nowMs();
    const before = workload.loop;
    const hadEnough = hasEnough(workload);
    const means = this.#means(held);
    const { effects, isOther } = workload.step(signals, this.around(held), means, anew);
    if (workload.refused !== held.refused && workload.refused !== undefined)
      complain(
        `policy ${workload.policy.name} of ${workloadText(workload.name)} is refused, ` +
          `what was in force stays: ${workload.refused}`,
      );
    held.refused = workload.refused;
    this.#keeper.stepped(held);
    const key = keyOf(workload.policy, workload.name);
    const told = effects.flatMap((effect) => (effect.do === "tell" ? [effect.transition] : []));
    this.#moves = [...this.#moves, ...movesIn(key, told, before.step)];
    if (told.length > 0) evidence.clear();
    for (const effect of effects) perform(workload, effect);
    // The first look after a start finds what was told before it, too.
    if (hadEnough === false && hasEnough(workload) === true) this.#options.converged(workload);
    this.#kept.keep(key, workload.loop, isOther);
    if (isOther && told.length > 0) this.#keeper.save();
  }

  /** What is true around a workload now, beside what it knows itself. */
  around(held: Held): Surroundings {
    const { workload, evidence, instances } = held;
    const { nowMs, heartbeat, settings } = this.#options;
    const now = nowMs();
    this.#moves = recentMoves(this.#moves, now, settings.caps);
    const key = keyOf(workload.policy, workload.name);
    return {
      nowMs: now,
      instances: [...instances.values()],
      // No container is one more of a service.
      unnamed: isAlone(held) ? 0 : this.#keeper.unnamed(),
      alone: isAlone(held),
      ...evidence.at(now),
      heartbeat: heartbeat(now),
      room: roomFor(this.#moves, key, this.#keeper.count(), now, settings.caps),
    };
  }

  #means(held: Held): Means {
    const { kernel, settings, profiles, blind, nowMs } = this.#options;
    return {
      kernel,
      settings,
      read: () => {
        const stored = profiles.read(held.workload.name);
        held.revision = stored?.revision;
        return { profile: stored?.profile, blind: blind(), nowMs: nowMs() };
      },
      nextGeneration: () => this.#kept.nextGeneration(),
      bind: (id, row) => this.#keeper.bind(held, id, row),
    };
  }
}

/** Undefined before it was first looked at. */
function hasEnough({ assessment }: HeldWorkload): boolean | undefined {
  return assessment?.convergence.converged;
}

/** Time alone may move it. */
function isOnItsWay({ workload: { loop, assessment, refused } }: Held): boolean {
  return refused !== undefined || loop.phase !== "Enforcing" || assessment?.newer !== undefined;
}
