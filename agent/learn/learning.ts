/**
 * Learning on this host: from what is sensed to facts of instances, workload by workload, and into
 * the store.
 */
import { learnedFacets } from "@pahlevan/core/behaviour/behaviour.ts";
import { kinds, type BehaviourEvent } from "@pahlevan/core/behaviour/event.ts";
import type { InstanceKey } from "@pahlevan/core/profile/instance.ts";
import type { InstanceSlot } from "../kernel/guard/guard.ts";
import { FIRST_FREE_SLOT } from "../kernel/instance-table.ts";
import type { Senses } from "../sense/senses.ts";
import { reasonOf } from "../store/error.ts";
import type { Profiles } from "../store/profiles.ts";
import { workloadText, type WorkloadName } from "../store/workload-name.ts";
import { blindFacets, tellingsOf } from "./blind.ts";
import type { Subject } from "./subject.ts";
import { WorkloadLearner } from "./workload-learner.ts";

export interface LearningOptions {
  readonly profiles: Profiles;
  readonly senses: Pick<Senses, "instance" | "tiers">;
  /** Whose the event is; undefined where it is nobody's that is learned. */
  readonly subjectOf: (event: BehaviourEvent) => Subject | undefined;
  readonly nowMs: () => number;
  /** Held to a policy: what it does not tell of by a decision is allowed already. */
  readonly isHeld?: (slot: number) => boolean;
  /** Told what went wrong; learning goes on. */
  readonly complain: (says: string) => void;
  /** Workloads in memory at a time; what comes on top is not learned, and told of. */
  readonly limit: number;
}

interface Living {
  readonly generation: number;
  readonly instance: InstanceKey;
  readonly learner: WorkloadLearner;
  /** Told already. */
  callsMissed: boolean;
}

const facetsLearned = new Set<string>(learnedFacets);

export class Learning {
  readonly #options: LearningOptions;
  readonly #learners = new Map<string, WorkloadLearner>();
  readonly #bySlot = new Map<number, Living>();
  /** Told already, so that a workload that cannot be learned is told of once. */
  readonly #refused = new Map<string, string>();

  constructor(options: LearningOptions) {
    this.#options = options;
  }

  /** Workloads of which something lives, or is not written yet. */
  get workloads(): number {
    return this.#learners.size;
  }

  see(event: BehaviourEvent): void {
    const { detail, instance: slot } = event;
    const living = this.#livingOf(event);
    if (living === undefined) return;
    const { instance, learner } = living;
    if (detail.kind === "instance_end") {
      this.#look(slot, living, msOf(event.wallNs));
      learner.ended(slot);
      this.#bySlot.delete(slot);
    } else if (facetsLearned.has(kinds[detail.kind])) {
      learner.tell({ fact: "seen", instance, atMs: msOf(event.wallNs), event });
    }
  }

  /** Reads what the kernel counts without telling, and that it was watched until now. */
  look(): void {
    const nowMs = this.#options.nowMs();
    for (const [slot, living] of this.#bySlot) this.#look(slot, living, nowMs);
  }

  /** The last look at what is counted of its start. */
  startEnds(slot: number): void {
    const living = this.#bySlot.get(slot);
    if (living !== undefined) this.#look(slot, living, this.#options.nowMs());
  }

  /** What is told and counted of it from now on is of its work, be it new or not. */
  retold({ slot, generation }: InstanceSlot, atMs: number): void {
    const living = this.#bySlot.get(slot);
    if (living?.generation !== generation) return;
    living.learner.tell({ fact: "retold", instance: living.instance, atMs });
  }

  /** From now on nobody watches system calls: the last look at what was counted of them. */
  callsEnd(): void {
    const nowMs = this.#options.nowMs();
    for (const [slot, living] of this.#bySlot) {
      this.#look(slot, living, nowMs);
      missCalls(living, nowMs);
    }
  }

  /** One that lives whose system calls are not learned whole; undefined: there is none. */
  learnsCalls(): string | undefined {
    for (const [name, learner] of this.#learners)
      if (learner.lives && !this.#knowsCalls(learner)) return name;
    return undefined;
  }

  /** Of a workload of which something lives: whether its system calls are learned whole. */
  knowsCalls(name: WorkloadName): boolean {
    const learner = this.#learners.get(workloadText(name));
    return learner !== undefined && this.#knowsCalls(learner);
  }

  /** Writes what is new; what could not be written is tried again the next time. */
  save(): void {
    for (const _ of this.saving()) continue;
  }

  /**
   * The same, one workload a step: a thousand behaviours take 5 ms to write, and who goes through
   * hundreds of workloads wants to do something else in between.
   */
  *saving(): Generator<void> {
    const { profiles, senses, nowMs, complain } = this.#options;
    const blind = blindFacets(senses.tiers());
    for (const [name, learner] of this.#learners) {
      try {
        const isWritten = learner.save(profiles, blind, nowMs());
        if (learner.isIdle) this.#learners.delete(name);
        if (isWritten) yield;
      } catch (error) {
        complain(`what was learned of ${name} is not saved: ${reasonOf(error)}`);
      }
    }
  }

  #knowsCalls(learner: WorkloadLearner): boolean {
    const { senses, nowMs } = this.#options;
    return learner.knowsCalls(blindFacets(senses.tiers()), nowMs());
  }

  #look(slot: number, living: Living, atMs: number): void {
    const { generation, instance, learner } = living;
    const sensed = this.#options.senses.instance(slot);
    if (sensed === undefined || sensed.generation !== generation) return;
    const { lost, since = sensed } = sensed;
    const { syscalls, compatSyscalls, capabilities, ringOperations } = since;
    const counts = { syscalls, compatSyscalls, capabilities, ringOperations };
    // The kernel's counts do not say what was denied, and what only would have been.
    if (this.#options.isHeld?.(slot) !== true)
      learner.tell({ fact: "counted", instance, atMs, ...counts });
    learner.tell({ fact: "watched", instance, atMs, lost });
    // The kernel marks it with its first program, which is later than its start was told of.
    // Whoever has such a mark and was not there when watching ended, began unwatched.
    if (sensed.callsMissed) missCalls(living, instance.startedMs);
  }

  #livingOf(event: BehaviourEvent): Living | undefined {
    const { instance: slot, generation, detail } = event;
    const known = this.#bySlot.get(slot);
    if (known?.generation === generation) return known;
    // The slot is another's by now, and nobody told of the end of the one before.
    if (known !== undefined) known.learner.ended(slot);
    this.#bySlot.delete(slot);
    // Without a slot of its own it shares the kernel's memory: what others did is not told of it.
    const isOwn = slot >= FIRST_FREE_SLOT && detail.kind !== "instance_end";
    const subject = isOwn ? this.#options.subjectOf(event) : undefined;
    const learner = subject && this.#learnerOf(subject.name);
    if (subject === undefined || learner === undefined) return undefined;
    const instance = { id: subject.id, startedMs: msOf(event.wallNs) };
    const living = { generation, instance, learner, callsMissed: false };
    this.#bySlot.set(slot, living);
    const tells = tellingsOf(this.#options.senses.tiers());
    learner.began(slot, instance, subject, { fromStart: this.#isFromStart(event), tells });
    return living;
  }

  #isFromStart({ instance: slot, generation, detail, flags }: BehaviourEvent): boolean {
    if (detail.kind !== "instance_start" || flags.includes("adopted")) return false;
    const sensed = this.#options.senses.instance(slot);
    return sensed?.generation === generation && sensed.fromStart;
  }

  #learnerOf(name: WorkloadName): WorkloadLearner | undefined {
    const text = workloadText(name);
    const known = this.#learners.get(text);
    if (known !== undefined) return known;
    const { limit, profiles } = this.#options;
    if (this.#learners.size >= limit) this.save();
    if (this.#learners.size >= limit) {
      return this.#refuse(text, `${limit} workloads are being learned already, and that is all`);
    }
    try {
      const learner = new WorkloadLearner(name, profiles);
      this.#learners.set(text, learner);
      return learner;
    } catch (error) {
      return this.#refuse(text, reasonOf(error));
    }
  }

  #refuse(name: string, why: string): undefined {
    if (this.#refused.get(name) === why) return;
    // Names may be without end; forgetting only tells something twice.
    if (this.#refused.size >= this.#options.limit) this.#refused.clear();
    this.#refused.set(name, why);
    this.#options.complain(`${name} is not learned: ${why}`);
  }
}

function missCalls(living: Living, atMs: number): void {
  const { instance, learner } = living;
  if (!living.callsMissed) learner.tell({ fact: "calls_missed", instance, atMs });
  living.callsMissed = true;
}

function msOf(wallNs: bigint): number {
  return Number(wallNs / 1_000_000n);
}
