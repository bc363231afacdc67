/**
 * The policies of this host's files, kept by the kernel: each instance is held to the one that
 * selects it, from the moment it is known, and each workload goes on from learning to enforcing.
 * What is wished is compared with what is, again and again: nothing depends on an event that came.
 */
import type { LearnedFacet } from "@pahlevan/core/behaviour/behaviour.ts";
import type { WorkloadIdentity } from "@pahlevan/core/behaviour/identity.ts";
import type { Stood } from "@pahlevan/core/needs/stage.ts";
import type { Compiled } from "@pahlevan/core/policy/compile/compiled.ts";
import type { Policy } from "@pahlevan/core/policy/policy.ts";
import { rulingPolicy } from "@pahlevan/core/policy/selection.ts";
import type { Decided, InstanceSlot } from "../kernel/guard/guard.ts";
import { subjectOf, type Subject } from "../learn/subject.ts";
import { reasonOf } from "../store/error.ts";
import type { PolicyState } from "../store/policies.ts";
import type { StoredProfile } from "../store/profiles.ts";
import { workloadText, type WorkloadName } from "../store/workload-name.ts";
import { AwaitedUnits, comesAgain, type Awaited } from "./awaited-units.ts";
import { HeldWorkload } from "./held-workload.ts";
import type { KernelTables } from "./kernel-tables.ts";
import { readState, writeState } from "./policy-state.ts";

/** One that lives, as the kernel knows it. */
export interface HeldInstance extends InstanceSlot {
  readonly cgroupId: bigint;
}

/** Of KernelTables, what is asked here. */
type Kernel = Pick<
  KernelTables,
  | "install"
  | "replace"
  | "remove"
  | "hold"
  | "release"
  | "rowOf"
  | "isSteady"
  | "bindPath"
  | "releasePath"
  | "boundPaths"
  | "decided"
  | "untold"
>;

export interface HostPoliciesOptions {
  readonly kernel: Kernel;
  readonly policies: readonly Policy[];
  /** Workloads of which none lives are forgotten beyond that many. */
  readonly mostWorkloads: number;
  readonly living: () => Iterable<HeldInstance>;
  readonly identityOf: (instance: HeldInstance) => WorkloadIdentity;
  /** Of cgroups in which it may begin the next time. */
  readonly pathsOf: (instance: HeldInstance) => readonly string[];
  /** Who begins there. */
  readonly identityAt: (path: string) => WorkloadIdentity;
  readonly profiles: {
    read(name: WorkloadName): StoredProfile | undefined;
    revisionOf(name: WorkloadName): number | undefined;
  };
  readonly states: { all(): PolicyState[]; replace(states: readonly PolicyState[]): void };
  readonly blind: () => ReadonlySet<LearnedFacet>;
  readonly nowMs: () => number;
  /** When this host began to run: ids of cgroups count from there. */
  readonly bootedMs: number;
  /** How often a workload in learning is looked at. */
  readonly reviewMs: number;
  readonly say: (line: StageLine) => void;
  readonly complain: (says: string) => void;
}

export interface StageLine {
  readonly policy: string;
  readonly workload: string;
  readonly from: string;
  readonly to: string;
  readonly why: string;
}

interface Held {
  readonly workload: HeldWorkload;
  /** Of the profile that its tables were made of. */
  revision: number | undefined;
  /** Undefined: never. */
  reviewedMs: number | undefined;
  /** Told already. */
  refused: string | undefined;
  /** Of instances that have ended: how often what was decided, by facet and action. */
  readonly past: Map<string, bigint>;
  pastUntold: number;
}

/** What selecting found for an instance, among which policies, by which identity. */
interface Bound {
  readonly cgroupId: bigint;
  readonly identity: WorkloadIdentity;
  readonly policies: readonly Policy[];
  readonly template: string;
  readonly held: Held | undefined;
}

/** What was decided of all instances of a workload, since the agent started. */
export interface Decisions {
  readonly workload: HeldWorkload;
  readonly decided: readonly Decided[];
  readonly untold: number;
}

/** Of a second, so much may go into reviews: a thousand behaviours take some 20 ms. */
const reviewBudgetMs = 50;
/** Of who is still to begin. */
const noCgroup = 0n;

export class HostPolicies {
  readonly #options: HostPoliciesOptions;
  /** Those that an instance came to last are the last. */
  readonly #held = new Map<string, Held>();
  /** By the instance's slot. */
  readonly #bound = new Map<number, Bound>();
  readonly #awaited: AwaitedUnits;
  #policies: readonly Policy[];
  /** Where each was last, those of which none lives too. */
  readonly #stood: Map<string, Stood & { readonly sinceMs: number }>;
  #generation: number;
  #isSaved = true;

  constructor(options: HostPoliciesOptions) {
    this.#options = options;
    const { kernel, mostWorkloads: most, complain } = options;
    this.#awaited = new AwaitedUnits({ kernel, most, complain });
    const { generation, workloads } = readState(options.states.all());
    this.#generation = generation;
    this.#stood = new Map(workloads);
    this.#policies = options.policies;
    // What was held before is ready before its first instance begins.
    for (const policy of options.policies)
      for (const name of this.#knownUnder(policy)) this.#review(this.#heldOf(policy, name));
    for (const path of [...workloads.values()].flatMap(({ paths }) => paths)) {
      const awaited = this.#awaitedBy(options.identityAt(path));
      // What a review has saved by now had none of them.
      if (awaited && this.#awaited.add(path, awaited)) this.#isSaved = false;
    }
    this.holdAll();
  }

  /** Policies were edited, added or removed: these are all. */
  changed(policies: readonly Policy[]): void {
    this.#policies = policies;
    const byName = new Map(policies.map((policy) => [idOf(policy), policy]));
    for (const held of this.#held.values()) {
      const policy = byName.get(idOf(held.workload.policy));
      if (policy === undefined || policy === held.workload.policy) continue;
      held.workload.policy = policy;
      this.#review(held);
    }
    this.#awaited.select((identity) => this.#awaitedBy(identity));
    this.holdAll();
    for (const [key, held] of this.#held)
      if (!byName.has(idOf(held.workload.policy))) this.#letGo(key, held);
    for (const key of this.#stood.keys())
      if (!byName.has(key.slice(0, key.indexOf(" ")))) this.#stood.delete(key);
    this.#save();
  }

  /** Each second: binds what is not bound, and reviews what is due, for as long as it may take. */
  tick(): void {
    this.holdAll();
    const endMs = performance.now() + reviewBudgetMs;
    const byAge = [...this.#held.values()].sort(
      (a, b) => (a.reviewedMs ?? 0) - (b.reviewedMs ?? 0),
    );
    for (const held of byAge) {
      if (performance.now() > endMs) break;
      if (this.#isDue(held)) this.#review(held);
    }
    if (!this.#isSaved) this.#save();
  }

  holdAll(): void {
    this.#awaited.keep();
    for (const instance of this.#options.living()) this.holdIfPossible(instance);
  }

  /** Where it is not, that is said. */
  holdIfPossible(instance: HeldInstance): void {
    try {
      this.hold(instance);
    } catch (error) {
      const name = workloadText(this.#options.identityOf(instance));
      this.#options.complain(`${name} is held to no policy: ${reasonOf(error)}`);
    }
  }

  /** The instance is held to the policy that selects it, or to none. */
  hold(instance: HeldInstance, known?: WorkloadIdentity): HeldWorkload | undefined {
    const { kernel, identityOf } = this.#options;
    const { slot, cgroupId } = instance;
    const identity = known ?? identityOf(instance);
    const bound = this.#bound.get(slot);
    const before = bound?.cgroupId === cgroupId ? bound : undefined;
    // Who it is, its runtime has not told yet: it stays with what it was given.
    if (!identity.complete) return before?.held?.workload;
    const stands = before?.identity === identity && before.policies === this.#policies;
    const { held, template } = stands ? before : this.#bind(instance, identity);
    const has = kernel.rowOf(slot);
    const row = held?.workload.rowFor(template);
    if (held === undefined && has !== undefined) kernel.release(instance);
    if (row !== undefined && row !== has) kernel.hold(instance, row);
    return held?.workload;
  }

  /** Before its slot is another's. */
  ended(slot: number): void {
    const held = this.#bound.get(slot)?.held;
    this.#bound.delete(slot);
    if (held === undefined) return;
    for (const { facet, action, times } of this.#options.kernel.decided(slot))
      add(held.past, `${facet} ${action}`, times);
    held.pastUntold += this.#options.kernel.untold(slot);
  }

  /** Whether what the kernel counts of the slot's instance may be more than what it is allowed. */
  isHeld(slot: number): boolean {
    const row = this.#options.kernel.rowOf(slot);
    return row !== undefined && this.#bound.get(slot)?.held?.workload.teaches(row) === false;
  }

  /** Whether what it needs for its start alone is to be told apart. */
  isApart(slot: number): boolean {
    return this.#bound.get(slot)?.held?.workload.policy.learning.lifecycleAware ?? true;
  }

  /**
   * Of one that ran before this agent: whether one before it saw the end of its start. The profile
   * has it, as long as somebody learned then. Undefined while no policy holds it.
   */
  wasSteady({ slot, cgroupId }: HeldInstance): boolean | undefined {
    const bound = this.#bound.get(slot);
    if (bound?.cgroupId !== cgroupId || bound.held === undefined) return undefined;
    const { profiles, bootedMs } = this.#options;
    const id = subjectOf(bound.identity, cgroupId)?.id;
    const instances = profiles.read(bound.held.workload.name)?.profile.instances.entries.values();
    return [...(instances ?? [])].some(
      (instance) =>
        instance.id === id &&
        instance.startedMs >= bootedMs &&
        !instance.adopted &&
        instance.steadySinceMs !== undefined,
    );
  }

  *counts(): Generator<Decisions> {
    const { kernel } = this.#options;
    const living = Map.groupBy(this.#bound, ([, { held }]) => held);
    for (const held of this.#held.values()) {
      const counts = new Map(held.past);
      let untold = held.pastUntold;
      for (const [slot] of living.get(held) ?? []) {
        for (const { facet, action, times } of kernel.decided(slot))
          add(counts, `${facet} ${action}`, times);
        untold += kernel.untold(slot);
      }
      const decided = [...counts].map(([key, times]) => {
        const [facet = "", action = ""] = key.split(" ");
        return { facet, action, times };
      });
      yield { workload: held.workload, decided, untold };
    }
  }

  /** The policy whose tables have that generation, and these. */
  decidedBy(
    generation: number,
  ): { readonly policy: Policy; readonly tables: Compiled } | undefined {
    for (const { workload } of this.#held.values()) {
      const tables = workload.tablesOf(generation);
      if (tables !== undefined) return { policy: workload.policy, tables };
    }
    return undefined;
  }

  status() {
    const living = Map.groupBy(this.#bound, ([, { held }]) => held);
    return [...this.#held.values()].map((held) =>
      this.#statusOf(
        held,
        (living.get(held) ?? []).map(([slot]) => slot),
      ),
    );
  }

  #statusOf({ workload }: Held, slots: readonly number[]) {
    return {
      policy: workload.policy.name,
      namespace: workload.policy.namespace,
      workload: workload.name.workload,
      mode: workload.policy.mode,
      stage: workload.staged?.stage ?? "Pending",
      why: workload.refused ?? workload.staged?.why ?? "",
      sinceMs: workload.stood?.sinceMs,
      progress: workload.staged?.convergence.progress ?? 0,
      generation: workload.generation,
      instances: slots.length,
      /** Of these, those whose start is not over. */
      starting: slots.filter((slot) => !this.#options.kernel.isSteady(slot)).length,
      shortfalls: workload.shortfalls,
      tables: workload.staged?.tables,
      refused: workload.refused !== undefined,
    };
  }

  #isDue(held: Held): boolean {
    const { nowMs, reviewMs, profiles } = this.#options;
    const { workload, revision, reviewedMs } = held;
    const ends = workload.staged?.tables.expiresMs;
    if (reviewedMs === undefined || (ends !== undefined && ends <= nowMs())) return true;
    if (Math.abs(nowMs() - reviewedMs) < reviewMs) return false;
    return isOnItsWay(held) || profiles.revisionOf(workload.name) !== revision;
  }

  /** What keeps it from being reviewed leaves in force what is there. */
  #review(held: Held): void {
    const { workload } = held;
    const { profiles, blind, nowMs, kernel, complain, say } = this.#options;
    const from = workload.stood?.stage ?? "Pending";
    const policy = workload.policy.name;
    const name = workloadText(workload.name);
    held.reviewedMs = nowMs();
    const isOther = workload.review(() => {
      const stored = profiles.read(workload.name);
      held.revision = stored?.revision;
      const nextGeneration = () => ++this.#generation;
      return { profile: stored?.profile, blind: blind(), nowMs: nowMs(), nextGeneration };
    }, kernel);
    if (workload.refused !== held.refused && workload.refused !== undefined)
      complain(
        `policy ${policy} of ${name} is refused, what was in force stays: ${workload.refused}`,
      );
    held.refused = workload.refused;
    const { staged, stood } = workload;
    const key = keyOf(workload.policy, workload.name);
    this.#stood.delete(key);
    if (stood !== undefined) this.#stood.set(key, stood);
    if (!isOther || staged === undefined) return;
    const { stage, why } = staged;
    say({ policy, workload: name, from, to: stage, why });
    this.#save();
  }

  #bind(instance: HeldInstance, identity: WorkloadIdentity): Bound {
    const { slot, cgroupId } = instance;
    const subject = subjectOf(identity, cgroupId);
    const held = subject && this.#ruling(identity, subject);
    const policies = this.#policies;
    const bound = { cgroupId, identity, policies, template: subject?.template ?? "", held };
    this.#bound.set(slot, bound);
    const awaited = this.#awaitedBy(identity);
    for (const path of awaited ? this.#options.pathsOf(instance) : [])
      if (awaited && this.#awaited.add(path, awaited)) this.#isSaved = false;
    return bound;
  }

  #ruling(identity: WorkloadIdentity, { name }: Subject): Held | undefined {
    const policy = rulingPolicy(this.#policies, identity);
    const held = policy && this.#heldOf(policy, name);
    if (held?.reviewedMs === undefined && held !== undefined) this.#review(held);
    return held;
  }

  /** What holds it when it comes again; undefined where nothing does, or it never does. */
  #awaitedBy(identity: WorkloadIdentity): Awaited | undefined {
    const subject = comesAgain(identity) ? subjectOf(identity, noCgroup) : undefined;
    const held = subject && this.#ruling(identity, subject);
    return held && { identity, template: subject.template, workload: held.workload };
  }

  #heldOf(policy: Policy, name: WorkloadName): Held {
    const key = keyOf(policy, name);
    const held = this.#held.get(key) ?? this.#begin(key, policy, name);
    this.#held.delete(key);
    this.#held.set(key, held);
    return held;
  }

  #begin(key: string, policy: Policy, name: WorkloadName): Held {
    this.#makeRoom();
    const stood = this.#stood.get(key);
    const sinceMs = stood?.sinceMs ?? this.#options.nowMs();
    return {
      workload: new HeldWorkload(name, policy, sinceMs, stood),
      revision: undefined,
      reviewedMs: undefined,
      refused: undefined,
      past: new Map<string, bigint>(),
      pastUntold: 0,
    };
  }

  /** Names that come once would fill the kernel: those that nobody came to for longest go. */
  #makeRoom(): void {
    if (this.#held.size < this.#options.mostWorkloads) return;
    const living = new Set([...this.#bound.values()].map(({ held }) => held));
    for (const [key, held] of this.#held) {
      if (living.has(held)) continue;
      this.#letGo(key, held);
      return;
    }
  }

  #letGo(key: string, { workload }: Held): void {
    this.#awaited.forget(workload);
    workload.leave(this.#options.kernel);
    this.#held.delete(key);
  }

  #knownUnder(policy: Policy): WorkloadName[] {
    const prefix = `${idOf(policy)} `;
    return [...this.#stood.keys()].flatMap((key) =>
      key.startsWith(prefix)
        ? [{ namespace: policy.namespace, workload: key.slice(prefix.length) }]
        : [],
    );
  }

  #save(): void {
    const { states, nowMs, complain, mostWorkloads } = this.#options;
    for (const key of this.#stood.keys()) {
      if (this.#stood.size <= 4 * mostWorkloads) break;
      this.#stood.delete(key);
    }
    const paths = this.#awaited.paths();
    const workloads = new Map(
      Array.from(this.#stood, ([key, stood]) => {
        const held = this.#held.get(key);
        return [key, { ...stood, paths: (held && paths.get(held.workload)) ?? [] }] as const;
      }),
    );
    const state = { generation: this.#generation, workloads };
    this.#isSaved = true;
    try {
      states.replace(writeState(state, nowMs()));
    } catch (error) {
      complain(`where policies stand is not saved: ${reasonOf(error)}`);
    }
  }
}

function add(counts: Map<string, bigint>, key: string, times: bigint): void {
  counts.set(key, (counts.get(key) ?? 0n) + times);
}

/** Time alone may move it. */
function isOnItsWay({ workload: { staged, refused } }: Held): boolean {
  return refused !== undefined || staged?.stage !== "Enforcing" || staged.newer !== undefined;
}

function idOf({ namespace, name }: Policy): string {
  return `${namespace}/${name}`;
}

/** "host/web nginx": names of policies have no blanks. */
function keyOf(policy: Policy, { workload }: WorkloadName): string {
  return `${idOf(policy)} ${workload}`;
}
