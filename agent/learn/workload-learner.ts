/** One workload's profile under construction, and its place in the store. */
import type { LearnedFacet } from "@pahlevan/core/behaviour/behaviour.ts";
import { isFacetComplete, usualConvergence } from "@pahlevan/core/profile/convergence.ts";
import type { Fact } from "@pahlevan/core/profile/fact.ts";
import type { InstanceKey, Telling } from "@pahlevan/core/profile/instance.ts";
import { Learner } from "@pahlevan/core/profile/learn.ts";
import { emptyProfile, type Profile } from "@pahlevan/core/profile/profile.ts";
import { newestRollout } from "@pahlevan/core/profile/rollout.ts";
import type { Profiles } from "../store/profiles.ts";
import type { WorkloadName } from "../store/workload-name.ts";
import type { Subject } from "./subject.ts";

/** Mere silence is written with every so many savings: it changes with each, and weighs little. */
const silencesPerSave = 10;

/** Since when it is watched, and how. */
interface Watching {
  readonly fromStart: boolean;
  readonly tells: readonly Telling[];
}

export class WorkloadLearner {
  readonly #name: WorkloadName;
  #learner: Learner;
  #revision: number | undefined;
  /** Templates of the instances that live, by slot. */
  readonly #living = new Map<number, string>();
  #template: string | undefined;
  #hasNews = false;
  #silences = 0;
  /** Asking takes a millisecond, and the answer stays until something new is called. */
  #knowsCalls = false;

  constructor(name: WorkloadName, profiles: Profiles) {
    const stored = profiles.read(name);
    this.#name = name;
    this.#learner = new Learner(stored?.profile);
    this.#revision = stored?.revision;
    this.#template = stored && templateOf(stored.profile);
  }

  /** Nothing lives of it, and all is written. */
  get isIdle(): boolean {
    return this.#living.size === 0 && !this.#hasNews && this.#silences === 0;
  }

  get lives(): boolean {
    return this.#living.size > 0;
  }

  /** Its system calls are learned whole. */
  knowsCalls(blind: ReadonlySet<LearnedFacet>, nowMs: number): boolean {
    const settings = { ...usualConvergence, blind };
    this.#knowsCalls ||= isFacetComplete(this.#learner.profile(), "syscall", nowMs, settings);
    return this.#knowsCalls;
  }

  began(slot: number, instance: InstanceKey, subject: Subject, watching: Watching): void {
    const { image, template } = subject;
    this.#hasNews = true;
    this.#learner.learn({ fact: "began", instance, image, template, ...watching });
    const isOther = this.#template !== undefined && this.#template !== template;
    // While others of that template live, it is no newer one: it has replicas.
    if (isOther && ![...this.#living.values()].includes(template)) {
      const rollout = { template, image, sinceMs: instance.startedMs };
      this.#learner.learn({ fact: "rolled_out", rollout });
      this.#knowsCalls = false;
    }
    this.#template = template;
    this.#living.set(slot, template);
  }

  tell(fact: Fact): void {
    // What is counted was told of too, unless a record was lost.
    if (fact.fact === "watched" || fact.fact === "counted") this.#silences ||= 1;
    else this.#hasNews = true;
    if (fact.fact === "seen" && fact.event.detail.kind === "syscall") this.#knowsCalls = false;
    this.#learner.learn(fact);
  }

  ended(slot: number): void {
    this.#living.delete(slot);
    // Nothing more will come, so its last silence is written too.
    this.#hasNews = true;
  }

  /**
   * False where there was nothing to write. Throws where the store cannot be written; then it is
   * tried again with the next saving.
   */
  save(profiles: Profiles, blind: ReadonlySet<LearnedFacet>, nowMs: number): boolean {
    const isSilent = !this.#hasNews && (this.#silences === 0 || this.#silences++ < silencesPerSave);
    if (isSilent) return false;
    const profile = this.#learner.profile();
    const since = this.#revision === undefined ? {} : { since: this.#revision };
    const merged = profiles.merge(this.#name, { profile, blind, nowMs, ...since });
    this.#hasNews = false;
    this.#silences = 0;
    if ("forgotten" in merged) {
      this.#beginAnew();
    } else {
      this.#revision = merged.revision;
      // Another process has learned of it meanwhile.
      if (merged.profile !== profile) {
        this.#learner = new Learner(merged.profile);
        this.#knowsCalls = false;
      }
    }
    return true;
  }

  /** What lives still is taken for adopted, as nobody tells of its start again. */
  #beginAnew(): void {
    this.#learner = new Learner(emptyProfile);
    this.#revision = undefined;
    this.#template = undefined;
    this.#knowsCalls = false;
  }
}

/** The one that its newest instances were made from. */
function templateOf({ rollouts, instances }: Profile): string | undefined {
  const rollout = newestRollout(rollouts.entries.values());
  if (rollout !== undefined) return rollout.template;
  const newest = [...instances.entries.values()].sort((a, b) => b.startedMs - a.startedMs);
  return newest[0]?.template;
}
