/**
 * The policies of this host's files, kept by the kernel: each instance is held to the one that
 * selects it, from the moment it is known, and each workload goes on from learning to enforcing.
 * What is wished is compared with what is, again and again: nothing depends on an event that came.
 */
import type { WorkloadIdentity } from "@pahlevan/core/behaviour/identity.ts";
import { beginning } from "@pahlevan/core/loop/loop.ts";
import type { BehaviourEvent } from "@pahlevan/core/behaviour/event.ts";
import { isFor, type Signal } from "@pahlevan/core/loop/signal.ts";
import type { LiveInstance } from "@pahlevan/core/loop/world.ts";
import type { Compiled } from "@pahlevan/core/policy/compile/compiled.ts";
import type { Policy } from "@pahlevan/core/policy/policy.ts";
import { rulingPolicy } from "@pahlevan/core/policy/selection.ts";
import type { InstanceSlot } from "../kernel/guard/guard.ts";
import { subjectOf, type Subject } from "../learn/subject.ts";
import { reasonOf } from "../store/error.ts";
import { workloadText, type WorkloadName } from "../store/workload-name.ts";
import { Evidence } from "../loop/evidence.ts";
import { AwaitedUnits, comesAgain, type Awaited } from "./awaited-units.ts";
import type { CutOff } from "./cut-off.ts";
import { idOf, keyOf, policyIn, type Held } from "./held.ts";
import { HeldWorkload } from "./held-workload.ts";
import type { KernelTables } from "./kernel-tables.ts";
import { KeptLoops, type KeptLoopsOptions } from "./kept-loops.ts";
import { statusOf } from "./status.ts";
import { Steps, type StepsOptions } from "./steps.ts";
import { soonAfterMs, whyFailed } from "./failed.ts";
import { Unnamed } from "./unnamed.ts";
import { modeOf, Tally, type Counts, type Mode } from "./tally.ts";

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
  | "packetsCut"
  | "failureOf"
>;

export interface HostPoliciesOptions extends StepsOptions, KeptLoopsOptions {
  readonly kernel: Kernel;
  readonly cutOff: Pick<CutOff, "keep" | "ended" | "isCut" | "whyNot">;
  readonly policies: readonly Policy[];
  readonly living: () => Iterable<HeldInstance>;
  /** Cgroups of all that the kernel knows to live, by their slots: also of whom nobody was told. */
  readonly existing: () => Iterable<Pick<HeldInstance, "slot" | "cgroupId">>;
  readonly identityOf: (instance: HeldInstance) => WorkloadIdentity;
  /** Of cgroups in which it may begin the next time. */
  readonly pathsOf: (instance: HeldInstance) => readonly string[];
  /** Who begins there. */
  readonly identityAt: (path: string) => WorkloadIdentity;
  /** Its policy is gone. */
  readonly left: (workload: HeldWorkload) => void;
  /** What fires now, for who is held from now on. */
  readonly firing: () => readonly Signal[];
  readonly node: string;
  readonly cluster: string;
  /** When this host began to run: ids of cgroups count from there. */
  readonly bootedMs: number;
}

export interface DecidedBy {
  readonly policy: Policy;
  readonly tables: Compiled;
  /** Facets of which it only tells what others are refused. */
  readonly watches: ReadonlySet<string>;
}

/** What selecting found for an instance, among which policies, by which identity. */
interface Bound {
  readonly cgroupId: bigint;
  readonly identity: WorkloadIdentity;
  readonly policies: readonly Policy[];
  readonly template: string;
  /** As its profile names it; undefined for who is no workload's. */
  readonly id: string | undefined;
  readonly sinceMs: number;
  readonly held: Held | undefined;
}

/** What was decided of all instances of a workload, and how they are and were held. */
export interface Decisions extends Counts {
  readonly workload: HeldWorkload;
  readonly modes: Readonly<Record<Mode, number>>;
  readonly failures: Readonly<Record<Mode, number>>;
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
  readonly #unnamed = new Unnamed();
  readonly #awaited: AwaitedUnits;
  readonly #kept: KeptLoops;
  readonly #steps: Steps;
  #policies: readonly Policy[];

  constructor(options: HostPoliciesOptions) {
    this.#options = options;
    const { kernel, mostWorkloads: most, complain } = options;
    this.#awaited = new AwaitedUnits({ kernel, most, complain });
    this.#kept = new KeptLoops(options);
    this.#steps = new Steps(options, this.#kept, {
      count: () => this.#held.size,
      unnamed: () => this.#unnamed.count,
      bind: (held, id, row) => this.#holdTo(held, id, row),
      stepped: ({ instances }) => {
        for (const slot of instances.keys()) this.#cutAsHeld(slot);
      },
      save: () => this.save(),
    });
    this.#policies = options.policies;
    // A canary's step is one of those who live: where nobody was known, each would be the last.
    for (const instance of options.living()) this.#bindIfKnown(instance);
    this.#countUnnamed();
    for (const path of this.#kept.pathsBefore) {
      const awaited = this.#awaitedBy(options.identityAt(path));
      // What a review has saved by now had none of them.
      if (awaited && this.#awaited.add(path, awaited)) this.#kept.touch();
    }
    // What was held before is ready before its first instance begins.
    for (const policy of options.policies)
      for (const name of this.#knownUnder(policy)) this.#step(this.#heldOf(policy, name), [], true);
    this.holdAll();
    for (const { tally, instances } of this.#held.values()) tally.countFromHere(instances.keys());
  }

  /** Policies were edited, added or removed: these are all. */
  changed(policies: readonly Policy[]): void {
    this.#policies = policies;
    const byName = new Map(policies.map((policy) => [idOf(policy), policy]));
    for (const held of this.#held.values()) {
      const policy = byName.get(idOf(held.workload.policy));
      if (policy === undefined || policy === held.workload.policy) continue;
      held.workload.edited(policy, this.#options.nowMs());
      this.#step(held, [], true);
    }
    this.#awaited.select((identity) => this.#awaitedBy(identity));
    this.holdAll();
    for (const [key, held] of this.#held)
      if (!byName.has(idOf(held.workload.policy))) {
        this.#letGo(key, held);
        this.#options.left(held.workload);
      }
    for (const key of this.#kept.keys()) if (!byName.has(policyIn(key))) this.#kept.forget(key);
    this.save();
  }

  /** Each second: binds what is not bound, and reviews what is due, for as long as it may take. */
  tick(): void {
    this.holdAll();
    const endMs = performance.now() + reviewBudgetMs;
    const byAge = [...this.#held.values()].sort(
      (a, b) => (a.reviewedMs ?? 0) - (b.reviewedMs ?? 0),
    );
    for (const held of byAge)
      this.#step(held, [], performance.now() < endMs && this.#steps.isDue(held));
    if (!this.#kept.isSaved) this.save();
  }

  /**
   * At once, whatever else is due: whom they are for is looked at, and the kernel follows. How many
   * workloads each was for, in their order.
   */
  signalled(signals: readonly Signal[]): readonly number[] {
    const heard = signals.map(() => 0);
    for (const held of this.#held.values()) {
      const its = signals.filter((signal, at) => {
        const isIts = isFor(signal, held.workload.place);
        if (isIts) heard[at] = (heard[at] ?? 0) + 1;
        return isIts;
      });
      if (its.length > 0) this.#step(held, its, false);
    }
    return heard;
  }

  /** Who the instance in that slot is held as. */
  workloadOf(slot: number): HeldWorkload | undefined {
    return this.#bound.get(slot)?.held?.workload;
  }

  /** An event of an instance, with what was decided about it. */
  see(event: BehaviourEvent): void {
    const { instance: slot, decision } = event;
    const bound = this.#bound.get(slot);
    if (decision === undefined || bound?.held === undefined || bound.id === undefined) return;
    const { evidence, workload } = bound.held;
    const tables = workload.tablesOf(decision.policy)?.compiled;
    evidence.see(event, bound.id, tables, this.#options.nowMs());
  }

  holdAll(): void {
    this.#awaited.keep();
    const living = [...this.#options.living()];
    // How many they are is known before the first step is chosen among them.
    for (const instance of living) this.#bindIfKnown(instance);
    this.#countUnnamed();
    for (const instance of living) this.holdIfPossible(instance);
  }

  #countUnnamed(): void {
    const { existing, nowMs } = this.#options;
    const unnamed = [...existing()].filter(({ slot }) => !this.#bound.has(slot));
    this.#unnamed.look(
      unnamed.map(({ cgroupId }) => cgroupId),
      nowMs(),
    );
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
    const { kernel } = this.#options;
    const { slot, cgroupId } = instance;
    const bound = this.#bindIfKnown(instance, known);
    // Who it is, its runtime has not told yet: it stays with what it was given.
    if (bound === undefined) {
      const before = this.#bound.get(slot);
      return before?.cgroupId === cgroupId ? before.held?.workload : undefined;
    }
    const { held, template, id } = bound;
    if (held !== undefined && held.reviewedMs === undefined) {
      this.#step(held, [], true);
      this.#awaited.keep();
    }
    const has = kernel.rowOf(slot);
    const row = held?.workload.rowFor(template, id);
    if (held === undefined && has !== undefined) kernel.release(instance);
    if (row !== undefined && row !== has) kernel.hold(instance, row);
    this.#cutAsHeld(slot);
    return held?.workload;
  }

  /** Before its slot is another's. */
  ended(slot: number): void {
    const bound = this.#bound.get(slot);
    this.#unbind(slot);
    if (bound !== undefined) this.#options.cutOff.ended(bound.cgroupId);
    const held = bound?.held;
    if (bound === undefined || held === undefined) return;
    held.tally.ended(slot);
    const { kernel, complain } = this.#options;
    const nowMs = this.#options.nowMs();
    const { id = "", sinceMs } = bound;
    const why = whyFailed(kernel.failureOf(slot), {
      livedMs: nowMs - sinceMs,
      isRefused: held.evidence.isRefused(id, nowMs - soonAfterMs),
    });
    if (why === undefined) return;
    complain(`${workloadText(held.workload.name)}: ${id} has failed: ${why}`);
    const hold = held.workload.holdOf(id);
    held.evidence.failed(nowMs, hold);
    held.tally.failures[modeOf(hold)]++;
  }

  /** A workload that learns its system calls by its policy's measure, and lives. */
  learnsCalls(): string | undefined {
    return this.#some(({ workload, instances }) => workload.learnsCalls && instances.size > 0);
  }

  /** A workload whose policy looks at system calls: also for who is yet to begin. */
  judgesCalls(): string | undefined {
    return this.#some(({ workload }) => workload.judgesCalls);
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
    const instances = profiles.read(bound.held.workload.name)?.profile.instances.entries.values();
    return [...(instances ?? [])].some(
      (instance) =>
        instance.id === bound.id &&
        instance.startedMs >= bootedMs &&
        !instance.adopted &&
        instance.steadySinceMs !== undefined,
    );
  }

  *counts(): Generator<Decisions> {
    for (const { workload, instances, tally } of this.#held.values()) {
      const modes = { enforce: 0, monitor: 0 };
      for (const { id } of instances.values()) modes[modeOf(workload.holdOf(id))]++;
      const counts = tally.counts([...instances.keys()], workload.watchable);
      yield { workload, ...counts, modes, failures: { ...tally.failures } };
    }
  }

  /** The policy whose tables have that generation, and these. */
  decidedBy(generation: number): DecidedBy | undefined {
    for (const { workload } of this.#held.values()) {
      const row = workload.tablesOf(generation);
      if (row === undefined) continue;
      return { policy: workload.policy, tables: row.compiled, watches: row.watches };
    }
    return undefined;
  }

  status() {
    const { kernel, cutOff, settings } = this.#options;
    const cgroupOf = (slot: number) => this.#bound.get(slot)?.cgroupId;
    const asking = { kernel, cutOff, settings, cgroupOf };
    return [...this.#held.values()].map((held) => statusOf(held, this.#steps.around(held), asking));
  }

  #some(isOne: (held: Held) => boolean): string | undefined {
    const held = [...this.#held.values()].find(isOne);
    return held && workloadText(held.workload.name);
  }

  #step(held: Held, signals: readonly Signal[], anew: boolean): void {
    this.#steps.step(held, signals, anew);
  }

  #holdTo({ instances }: Held, id: string, row: number): void {
    const { kernel, living } = this.#options;
    for (const instance of living())
      if (instances.get(instance.slot)?.id === id) kernel.hold(instance, row);
  }

  /** By the row that it is in: what the kernel refused is in force nowhere. */
  #cutAsHeld(slot: number): void {
    const bound = this.#bound.get(slot);
    if (bound === undefined) return;
    const row = this.#options.kernel.rowOf(slot);
    const isCut = row !== undefined && bound.held?.workload.isQuarantined(row) === true;
    this.#options.cutOff.keep(bound.cgroupId, isCut);
  }

  #bindIfKnown(instance: HeldInstance, known?: WorkloadIdentity): Bound | undefined {
    const { slot, cgroupId } = instance;
    const identity = known ?? this.#options.identityOf(instance);
    if (!identity.complete) return undefined;
    const bound = this.#bound.get(slot);
    const before = bound?.cgroupId === cgroupId ? bound : undefined;
    const stands = before?.identity === identity && before.policies === this.#policies;
    return stands ? before : this.#bind(instance, identity, before?.sinceMs);
  }

  #bind(instance: HeldInstance, identity: WorkloadIdentity, sinceMs?: number): Bound {
    const { slot, cgroupId } = instance;
    const { node, nowMs } = this.#options;
    const subject = subjectOf(identity, cgroupId);
    const held = subject && this.#ruling(identity, subject);
    const template = subject?.template ?? "";
    const id = subject?.id;
    this.#unbind(slot);
    if (held !== undefined && id !== undefined) held.instances.set(slot, { id, node, template });
    const policies = this.#policies;
    const since = sinceMs ?? nowMs();
    const bound = { cgroupId, identity, policies, template, id, sinceMs: since, held };
    this.#bound.set(slot, bound);
    const awaited = this.#awaitedBy(identity);
    for (const path of awaited ? this.#options.pathsOf(instance) : [])
      if (awaited && this.#awaited.add(path, awaited)) this.#kept.touch();
    return bound;
  }

  #unbind(slot: number): void {
    this.#bound.get(slot)?.held?.instances.delete(slot);
    this.#bound.delete(slot);
  }

  #ruling(identity: WorkloadIdentity, { name }: Subject): Held | undefined {
    const policy = rulingPolicy(this.#policies, identity);
    return policy && this.#heldOf(policy, name);
  }

  /** What holds it when it comes again; undefined where nothing does, or it never does. */
  #awaitedBy(identity: WorkloadIdentity): Awaited | undefined {
    const subject = comesAgain(identity) ? subjectOf(identity, noCgroup) : undefined;
    const held = subject && this.#ruling(identity, subject);
    held?.units.add(identity.unit ?? "");
    // Of who lives, how many there are is to be known first.
    const isFirst = held?.reviewedMs === undefined && held?.instances.size === 0;
    if (isFirst) this.#step(held, [], true);
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
    const { kernel, nowMs, firing, cluster } = this.#options;
    const loop = this.#kept.of(key) ?? beginning(nowMs());
    const workload = new HeldWorkload(name, policy, loop, cluster);
    workload.hear(
      firing().filter((signal) => isFor(signal, workload.place)),
      nowMs(),
    );
    if (workload.loop !== loop) this.#kept.keep(key, workload.loop, true);
    return {
      workload,
      evidence: new Evidence(policy.healing.rollbackWindowMs),
      instances: new Map<number, LiveInstance>(),
      units: new Set(),
      tally: new Tally(kernel),
      revision: undefined,
      reviewedMs: undefined,
      refused: undefined,
    };
  }

  /** Names that come once would fill the kernel: those that nobody came to for longest go. */
  #makeRoom(): void {
    if (this.#held.size < this.#options.mostWorkloads) return;
    for (const [key, held] of this.#held) {
      if (held.instances.size > 0) continue;
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
    return this.#kept
      .keys()
      .filter((key) => key.startsWith(prefix))
      .map((key) => ({ namespace: policy.namespace, workload: key.slice(prefix.length) }));
  }

  /** Also where nothing has changed: signals were taken then. */
  save(): void {
    const byWorkload = this.#awaited.paths();
    this.#kept.save(
      new Map(
        [...this.#held].map(([key, held]) => [key, byWorkload.get(held.workload) ?? []] as const),
      ),
    );
  }
}
