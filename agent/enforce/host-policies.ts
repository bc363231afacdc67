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
import { subjectOf } from "../learn/subject.ts";
import { reasonOf } from "../store/error.ts";
import type { PolicyState } from "../store/policies.ts";
import type { StoredProfile } from "../store/profiles.ts";
import { workloadText, type WorkloadName } from "../store/workload-name.ts";
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
  "install" | "replace" | "remove" | "hold" | "release" | "rowOf" | "decided" | "untold"
>;

export interface HostPoliciesOptions {
  readonly kernel: Kernel;
  readonly policies: () => readonly Policy[];
  readonly living: () => Iterable<HeldInstance>;
  readonly identityOf: (instance: HeldInstance) => WorkloadIdentity;
  readonly profiles: {
    read(name: WorkloadName): StoredProfile | undefined;
    revisionOf(name: WorkloadName): number | undefined;
  };
  readonly states: { all(): PolicyState[]; replace(states: readonly PolicyState[]): void };
  readonly blind: () => ReadonlySet<LearnedFacet>;
  readonly nowMs: () => number;
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
  reviewedMs: number;
  /** Told already. */
  refused: string | undefined;
  /** Of instances that have ended: how often what was decided, by facet and action. */
  readonly past: Map<string, bigint>;
  pastUntold: number;
}

/** What was decided of all instances of a workload, since the agent started. */
export interface Decisions {
  readonly workload: HeldWorkload;
  readonly decided: readonly Decided[];
  readonly untold: number;
}

/** Of a second, so much may go into reviews: a thousand behaviours take some 20 ms. */
const reviewBudgetMs = 50;

export class HostPolicies {
  readonly #options: HostPoliciesOptions;
  readonly #held = new Map<string, Held>();
  /** Which of them an instance is held by, by its slot. */
  readonly #bySlot = new Map<number, Held>();
  readonly #stored: ReadonlyMap<string, Stood & { readonly sinceMs: number }>;
  #generation: number;

  constructor(options: HostPoliciesOptions) {
    this.#options = options;
    const { generation, workloads } = readState(options.states.all());
    this.#generation = generation;
    this.#stored = workloads;
    // What was held before is ready before its first instance begins.
    for (const policy of options.policies())
      for (const name of this.#storedUnder(policy)) this.#review(this.#heldOf(policy, name));
    this.holdAll();
  }

  /** Policies were edited, added or removed. */
  changed(): void {
    const byName = new Map(this.#options.policies().map((policy) => [idOf(policy), policy]));
    for (const held of this.#held.values()) {
      const policy = byName.get(idOf(held.workload.policy));
      if (policy === undefined || policy === held.workload.policy) continue;
      held.workload.policy = policy;
      this.#review(held);
    }
    this.holdAll();
    for (const [key, { workload }] of this.#held) {
      if (byName.has(idOf(workload.policy))) continue;
      workload.leave(this.#options.kernel);
      this.#held.delete(key);
    }
    this.#save();
  }

  /** Each second: binds what is not bound, and reviews what is due, for as long as it may take. */
  tick(): void {
    this.holdAll();
    const { nowMs, reviewMs, profiles } = this.#options;
    const endMs = performance.now() + reviewBudgetMs;
    const byAge = [...this.#held.values()].sort((a, b) => a.reviewedMs - b.reviewedMs);
    for (const held of byAge) {
      if (performance.now() > endMs) return;
      const { workload, revision, reviewedMs } = held;
      const { staged } = workload;
      const ends = staged?.tables.expiresMs;
      const isDue =
        ends !== undefined && ends <= nowMs()
          ? true
          : nowMs() - reviewedMs >= reviewMs &&
            (isOnItsWay(held) || profiles.revisionOf(workload.name) !== revision);
      if (isDue) this.#review(held);
    }
  }

  holdAll(): void {
    for (const instance of this.#options.living()) this.hold(instance);
  }

  /** The instance is held to the policy that selects it, or to none. */
  hold(instance: HeldInstance, known?: WorkloadIdentity): HeldWorkload | undefined {
    const { kernel, policies, identityOf, complain } = this.#options;
    const identity = known ?? identityOf(instance);
    // Who it is, its runtime has not told yet: it stays with what it was given.
    if (!identity.complete) return this.#bySlot.get(instance.slot)?.workload;
    const subject = subjectOf(identity, instance.cgroupId);
    const policy = subject && rulingPolicy(policies(), identity);
    const has = kernel.rowOf(instance.slot);
    if (subject === undefined || policy === undefined) {
      if (has !== undefined) kernel.release(instance);
      this.#bySlot.delete(instance.slot);
      return undefined;
    }
    try {
      const held = this.#heldOf(policy, subject.name);
      if (held.workload.staged === undefined) this.#review(held);
      this.#bySlot.set(instance.slot, held);
      const row = held.workload.rowFor(subject.template);
      if (row !== undefined && row !== has) kernel.hold(instance, row);
      return held.workload;
    } catch (error) {
      complain(`${workloadText(subject.name)} is not held to ${policy.name}: ${reasonOf(error)}`);
      return undefined;
    }
  }

  /** Before its slot is another's. */
  ended(slot: number): void {
    const held = this.#bySlot.get(slot);
    if (held === undefined) return;
    for (const { facet, action, times } of this.#options.kernel.decided(slot))
      add(held.past, `${facet} ${action}`, times);
    held.pastUntold += this.#options.kernel.untold(slot);
    this.#bySlot.delete(slot);
  }

  /** Whether what the kernel counts of the slot's instance may be more than what it is allowed. */
  isHeld(slot: number): boolean {
    const row = this.#options.kernel.rowOf(slot);
    return row !== undefined && this.#bySlot.get(slot)?.workload.teaches(row) === false;
  }

  *counts(): Generator<Decisions> {
    const { kernel } = this.#options;
    for (const held of this.#held.values()) {
      const counts = new Map(held.past);
      let untold = held.pastUntold;
      for (const [slot, by] of this.#bySlot) {
        if (by !== held) continue;
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
    return [...this.#held.values()].map(({ workload }) => ({
      policy: workload.policy.name,
      namespace: workload.policy.namespace,
      workload: workload.name.workload,
      mode: workload.policy.mode,
      stage: workload.staged?.stage ?? "Pending",
      why: workload.refused ?? workload.staged?.why ?? "",
      sinceMs: workload.stood?.sinceMs,
      progress: workload.staged?.convergence.progress ?? 0,
      generation: workload.generation,
      instances: [...this.#bySlot.values()].filter((held) => held.workload === workload).length,
      shortfalls: workload.shortfalls,
      tables: workload.staged?.tables,
      refused: workload.refused !== undefined,
    }));
  }

  #review(held: Held): void {
    const { workload } = held;
    const { profiles, blind, nowMs, kernel, complain, say } = this.#options;
    const stored = profiles.read(workload.name);
    const from = workload.stood?.stage ?? "Pending";
    held.revision = stored?.revision;
    held.reviewedMs = nowMs();
    const nextGeneration = () => ++this.#generation;
    const reviewing = { profile: stored?.profile, blind: blind(), nowMs: nowMs(), nextGeneration };
    const isOther = workload.review(reviewing, kernel);
    const policy = workload.policy.name;
    const name = workloadText(workload.name);
    if (workload.refused !== held.refused && workload.refused !== undefined)
      complain(
        `policy ${policy} of ${name} is refused, what was in force stays: ${workload.refused}`,
      );
    held.refused = workload.refused;
    if (!isOther || workload.staged === undefined) return;
    const { stage, why } = workload.staged;
    say({ policy, workload: name, from, to: stage, why });
    this.#save();
  }

  #heldOf(policy: Policy, name: WorkloadName): Held {
    const key = keyOf(policy, name);
    const known = this.#held.get(key);
    if (known !== undefined) return known;
    const stood = this.#stored.get(key);
    const sinceMs = stood?.sinceMs ?? this.#options.nowMs();
    const workload = new HeldWorkload(name, policy, sinceMs, stood);
    const held = {
      workload,
      revision: undefined,
      reviewedMs: 0,
      refused: undefined,
      past: new Map<string, bigint>(),
      pastUntold: 0,
    };
    this.#held.set(key, held);
    return held;
  }

  #storedUnder(policy: Policy): WorkloadName[] {
    const prefix = `${idOf(policy)} `;
    return [...this.#stored.keys()].flatMap((key) =>
      key.startsWith(prefix)
        ? [{ namespace: policy.namespace, workload: key.slice(prefix.length) }]
        : [],
    );
  }

  #save(): void {
    const { states, nowMs, complain } = this.#options;
    const workloads = new Map(
      [...this.#held].flatMap(
        ([
          key,
          {
            workload: { stood },
          },
        ]) => (stood === undefined ? [] : [[key, stood] as const]),
      ),
    );
    try {
      states.replace(writeState({ generation: this.#generation, workloads }, nowMs()));
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
