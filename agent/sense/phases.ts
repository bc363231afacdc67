/**
 * When the instances of this host have started: core says when, and here the kernel is told, which
 * then allows no more what belongs to a start, and forgets what it has told of it, so that those
 * who learn hear of it again wherever it belongs to the work as well.
 */
import type { BehaviourEvent } from "@pahlevan/core/behaviour/event.ts";
import { readingOf } from "@pahlevan/core/behaviour/reading.ts";
import {
  lived,
  steadySince,
  usualLifecycle,
  type Life,
  type LifecycleSettings,
} from "@pahlevan/core/profile/lifecycle.ts";
import type { InstanceSlot } from "../kernel/guard/guard.ts";
import { FIRST_FREE_SLOT } from "../kernel/instance-table.ts";
import type { Senses } from "./senses.ts";

/** One whose start is or was watched. */
export interface StartingInstance extends InstanceSlot {
  readonly cgroupId: bigint;
}

export interface PhasesOptions {
  readonly senses: Pick<Senses, "instance" | "endStart">;
  readonly nowMs: () => number;
  /** Told what went wrong. */
  readonly complain: (says: string) => void;
  /** Absent: nobody learns, and the kernel forgets nothing. */
  readonly learning?: {
    /** What the kernel counts of it is about to begin anew. */
    startEnds(slot: number): void;
    /** From now on the kernel tells again. */
    retold(instance: InstanceSlot, atMs: number): void;
  };
  readonly settings?: LifecycleSettings;
}

/** What policies say of instances. */
export interface PhasePolicies {
  /** Whether start and work are to be told apart (spec.learning.lifecycleAware). */
  isApart(slot: number): boolean;
  /** Of one that ran before the agent: whether its start was over. Undefined: not known yet. */
  wasSteady(instance: StartingInstance): boolean | undefined;
}

interface Watched extends StartingInstance {
  life: Life;
  /** From its first process on. */
  readonly isWhole: boolean;
  wasSteady: boolean | undefined;
}

const tickMs = 1_000;

export class Phases {
  readonly #options: PhasesOptions;
  readonly #settings: LifecycleSettings;
  readonly #starting = new Map<number, Watched>();
  /** Their generations, by slot. */
  readonly #steady = new Map<number, number>();
  #timer: NodeJS.Timeout | undefined;
  policies: PhasePolicies | undefined;

  constructor(options: PhasesOptions) {
    this.#options = options;
    this.#settings = options.settings ?? usualLifecycle;
  }

  see(event: BehaviourEvent): void {
    const { instance: slot, generation, detail } = event;
    if (slot < FIRST_FREE_SLOT) return;
    if (detail.kind === "instance_end") {
      this.#starting.delete(slot);
      this.#steady.delete(slot);
      return;
    }
    if (this.#steady.get(slot) === generation) return;
    const known = this.#starting.get(slot);
    const watched = known?.generation === generation ? known : this.#begun(event);
    if (watched === undefined) return;
    const atMs = msOf(event.wallNs);
    this.#age(watched, atMs);
    const { behaviours } = readingOf(event);
    watched.life = { ...watched.life, ...lived(watched.life, event, behaviours, atMs) };
  }

  /** Looks whose start is over by now: who does nothing new is steady by time alone. */
  tick(): void {
    const { senses, learning, nowMs, complain } = this.#options;
    const atMs = nowMs();
    const ended = [...this.#starting.values()].filter((watched) => this.#isOver(watched, atMs));
    if (ended.length === 0) return;
    for (const { slot, generation } of ended) {
      this.#starting.delete(slot);
      this.#steady.set(slot, generation);
    }
    // One that ran before tells nothing of its start, so that nothing is gained by hearing it
    // again.
    const retell = learning === undefined ? [] : ended.filter(({ isWhole }) => isWhole);
    for (const { slot } of retell) learning?.startEnds(slot);
    try {
      senses.endStart(ended, retell);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return complain(
        `what belongs to the start of ${retell.length} instances is not known: ${reason}`,
      );
    }
    for (const instance of retell) learning?.retold(instance, atMs);
  }

  /** Ticks by itself until it is stopped. */
  keep(): void {
    this.#timer = setInterval(() => this.tick(), tickMs).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #isOver(watched: Watched, atMs: number): boolean {
    if (this.policies?.isApart(watched.slot) === false) return false;
    if (!watched.isWhole) watched.wasSteady ??= this.policies?.wasSteady(watched);
    this.#age(watched, atMs);
    return watched.wasSteady === true || watched.life.steadySinceMs !== undefined;
  }

  #age(watched: Watched, atMs: number): void {
    const steadySinceMs = steadySince(watched.life, atMs, this.#settings);
    if (steadySinceMs !== undefined) watched.life = { ...watched.life, steadySinceMs };
  }

  #begun({ instance: slot, generation, cgroupId, wallNs, timeNs, detail, flags }: BehaviourEvent) {
    const sensed = this.#options.senses.instance(slot);
    if (sensed?.generation !== generation) return undefined;
    if (sensed.isSteady) return void this.#steady.set(slot, generation);
    const isStart = detail.kind === "instance_start" && !flags.includes("adopted");
    const isWhole = isStart && sensed.fromStart;
    // Where it was there before, its oldest process says how long: it may be amid its start, as
    // services are while a host boots, and what it needs for that has to stay allowed.
    const began = isWhole || sensed.oldestNs === 0n ? wallNs : wallNs - (timeNs - sensed.oldestNs);
    const life = { startedMs: msOf(began), newsMs: msOf(wallNs), adopted: false };
    const watched: Watched = { slot, generation, cgroupId, life, isWhole, wasSteady: undefined };
    this.#starting.set(slot, watched);
    return watched;
  }
}

function msOf(wallNs: bigint): number {
  return Number(wallNs / 1_000_000n);
}
