/**
 * The policies of this host's files, kept by the kernel: each instance is held to the one that
 * selects it, from the moment it is known, and each workload goes on from learning to enforcing.
 * What is wished is compared with what is, again and again: nothing depends on an event that came.
 */
import type { LearnedFacet } from "@pahlevan/core/behaviour/behaviour.ts";
import type { WorkloadIdentity } from "@pahlevan/core/behaviour/identity.ts";
import { movesIn, recentMoves, roomFor, type Moved } from "@pahlevan/core/loop/caps.ts";
import type { Effect } from "@pahlevan/core/loop/effect.ts";
import { beginning, type Loop } from "@pahlevan/core/loop/loop.ts";
import type { LoopSettings } from "@pahlevan/core/loop/settings.ts";
import { nextOf } from "@pahlevan/core/loop/next.ts";
import type { Hold } from "@pahlevan/core/loop/holding.ts";
import type { BehaviourEvent } from "@pahlevan/core/behaviour/event.ts";
import { isFor, type Signal } from "@pahlevan/core/loop/signal.ts";
import type { Heartbeat, LiveInstance } from "@pahlevan/core/loop/world.ts";
import type { Compiled } from "@pahlevan/core/policy/compile/compiled.ts";
import type { Policy } from "@pahlevan/core/policy/policy.ts";
import { rulingPolicy } from "@pahlevan/core/policy/selection.ts";
import type { Decided, InstanceSlot } from "../kernel/guard/guard.ts";
import { subjectOf, type Subject } from "../learn/subject.ts";
import { reasonOf } from "../store/error.ts";
import type { PolicyState } from "../store/policies.ts";
import type { StoredProfile } from "../store/profiles.ts";
import { workloadText, type WorkloadName } from "../store/workload-name.ts";
import { Evidence } from "../loop/evidence.ts";
import { AwaitedUnits, comesAgain, type Awaited } from "./awaited-units.ts";
import { HeldWorkload, type Means, type Surroundings } from "./held-workload.ts";
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
  readonly loops: LoopStore;
  /** What fires now, for who is held from now on. */
  readonly firing: () => readonly Signal[];
  readonly settings: LoopSettings;
  readonly heartbeat: (nowMs: number) => Heartbeat;
  readonly node: string;
  readonly cluster: string;
  readonly blind: () => ReadonlySet<LearnedFacet>;
  readonly nowMs: () => number;
  /** When this host began to run: ids of cgroups count from there. */
  readonly bootedMs: number;
  /** How often a workload in learning is looked at. */
  readonly reviewMs: number;
  /** What a loop asks of others: in the order in which it came about. */
  readonly perform: (workload: HeldWorkload, effect: Effect) => void;
  readonly complain: (says: string) => void;
}

/** Loops over restarts, by "namespace/policy workload"; what cannot be read is not in it. */
interface LoopStore {
  all(): ReadonlyMap<string, Loop>;
  /** Written down together with how far signals were taken. */
  save(changed: ReadonlyMap<string, Loop>, gone: Iterable<string>): void;
}

interface Held {
  readonly workload: HeldWorkload;
  readonly evidence: Evidence;
  /** By slot. */
  readonly instances: Map<number, LiveInstance>;
  /** Of the profile that its tables were made of. */
  revision: number | undefined;
  /** Undefined: never. */
  reviewedMs: number | undefined;
  /** Told already. */
  refused: string | undefined;
  /** Of instances that have ended: how often what was decided, by facet and action. */
  readonly past: Map<string, bigint>;
  pastUntold: number;
  readonly failures: Record<Mode, number>;
}

type Mode = "enforce" | "monitor";

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

/** What was decided of all instances of a workload, since the agent started. */
export interface Decisions {
  readonly workload: HeldWorkload;
  readonly decided: readonly Decided[];
  readonly untold: number;
  /** Instances, and those that failed, by the mode that they are or were held in. */
  readonly modes: Readonly<Record<Mode, number>>;
  readonly failures: Readonly<Record<Mode, number>>;
}

/** Of a second, so much may go into reviews: a thousand behaviours take some 20 ms. */
const reviewBudgetMs = 50;
/** Who ends so soon, or so soon after it was refused something, has failed. */
const soonMs = 60_000;
const soonAfterMs = 10_000;
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
  readonly #loops: Map<string, Loop>;
  /** Of these, what is not written down yet; undefined: it is no more. */
  readonly #unsaved = new Map<string, Loop | undefined>();
  #moves: readonly Moved[];
  #generation: number;
  #isSaved = true;

  constructor(options: HostPoliciesOptions) {
    this.#options = options;
    const { kernel, mostWorkloads: most, complain } = options;
    this.#awaited = new AwaitedUnits({ kernel, most, complain });
    const { generation, paths } = readState(options.states.all());
    this.#generation = generation;
    this.#loops = new Map(options.loops.all());
    this.#moves = [...this.#loops].flatMap(([key, loop]) => movesIn(key, loop.transitions));
    this.#policies = options.policies;
    // A canary's step is one of those who live: where nobody was known, each would be the last.
    for (const instance of options.living()) this.#bindIfKnown(instance);
    // What was held before is ready before its first instance begins.
    for (const policy of options.policies)
      for (const name of this.#knownUnder(policy)) this.#step(this.#heldOf(policy, name), [], true);
    for (const path of [...paths.values()].flat()) {
      const awaited = this.#awaitedBy(options.identityAt(path));
      // What a review has saved by now had none of them.
      if (awaited && this.#awaited.add(path, awaited)) this.#isSaved = false;
    }
    this.holdAll();
    for (const held of this.#held.values()) this.#countFromHere(held);
  }

  /**
   * What was decided of those that live is in no counter of this agent's: it was in the one before
   * it, or in none. Shown now, it would be a burst.
   */
  #countFromHere({ instances, past }: Held): void {
    for (const slot of instances.keys())
      for (const { facet, action, times } of this.#options.kernel.decided(slot))
        add(past, `${facet} ${action}`, -times);
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
      if (!byName.has(idOf(held.workload.policy))) this.#letGo(key, held);
    for (const key of this.#loops.keys())
      if (!byName.has(key.slice(0, key.indexOf(" ")))) this.#forget(key);
    this.save();
  }

  /** Each second: binds what is not bound, and reviews what is due, for as long as it may take. */
  tick(): void {
    this.holdAll();
    const endMs = performance.now() + reviewBudgetMs;
    const byAge = [...this.#held.values()].sort(
      (a, b) => (a.reviewedMs ?? 0) - (b.reviewedMs ?? 0),
    );
    for (const held of byAge) this.#step(held, [], performance.now() < endMs && this.#isDue(held));
    if (!this.#isSaved) this.save();
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
    for (const instance of living) this.holdIfPossible(instance);
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
    return held?.workload;
  }

  /** Before its slot is another's. */
  ended(slot: number): void {
    const bound = this.#bound.get(slot);
    this.#unbind(slot);
    const held = bound?.held;
    if (bound === undefined || held === undefined) return;
    for (const { facet, action, times } of this.#options.kernel.decided(slot))
      add(held.past, `${facet} ${action}`, times);
    held.pastUntold += this.#options.kernel.untold(slot);
    const nowMs = this.#options.nowMs();
    const { id = "", sinceMs } = bound;
    const isFailed = nowMs - sinceMs < soonMs || held.evidence.isRefused(id, nowMs - soonAfterMs);
    if (!isFailed) return;
    const hold = held.workload.holdOf(id);
    held.evidence.failed(nowMs, hold);
    held.failures[modeOf(hold)]++;
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
    const { kernel } = this.#options;
    for (const held of this.#held.values()) {
      const counts = new Map(held.past);
      let untold = held.pastUntold;
      for (const slot of held.instances.keys()) {
        for (const { facet, action, times } of kernel.decided(slot))
          add(counts, `${facet} ${action}`, times);
        untold += kernel.untold(slot);
      }
      const watched = held.workload.watchable;
      const decided = [...counts].map(([key, times]) => {
        const [facet = "", action = ""] = key.split(" ");
        // What others are refused is told where it is only watched.
        const isWatched = action === "tell" && watched.has(facet);
        return { facet, action: isWatched ? "would" : action, times };
      });
      const modes = { enforce: 0, monitor: 0 };
      for (const { id } of held.instances.values()) modes[modeOf(held.workload.holdOf(id))]++;
      yield { workload: held.workload, decided, untold, modes, failures: { ...held.failures } };
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
    return [...this.#held.values()].map((held) => this.#statusOf(held));
  }

  #statusOf(held: Held) {
    const { workload, instances, failures } = held;
    const { loop, assessment } = workload;
    const { phase, why, sinceMs, step, question, verdict, candidates, loosened } = loop;
    const slots = [...instances.keys()];
    const around = this.#around(held);
    const world = workload.worldOf(around);
    const holds = [...instances.values()].map(({ id }) => workload.holdOf(id));
    return {
      policy: workload.policy.name,
      namespace: workload.policy.namespace,
      workload: workload.name.workload,
      mode: workload.policy.mode,
      phase,
      why: workload.refused ?? (phase === "Learning" ? world?.learning.waitsFor : why) ?? why,
      sinceMs,
      step,
      next: world === undefined ? [] : nextOf(loop, world, this.#options.settings),
      question,
      verdict: verdict?.says,
      candidates: candidates.map(({ behaviour, expiresMs }) => ({ behaviour, expiresMs })),
      loosened: loosened.map(({ facet }) => facet),
      transitions: loop.transitions,
      progress: assessment?.convergence.progress ?? 0,
      converged: assessment?.learning.converged ?? false,
      newer: assessment?.newer,
      generation: workload.generation,
      instances: slots.length,
      enforcing: holds.filter((hold) => modeOf(hold) === "enforce").length,
      failures,
      /** Of these, those whose start is not over. */
      starting: slots.filter((slot) => !this.#options.kernel.isSteady(slot)).length,
      shortfalls: workload.shortfalls,
      tables: assessment?.whole,
      refused: workload.refused !== undefined,
    };
  }

  #isDue(held: Held): boolean {
    const { nowMs, reviewMs, profiles } = this.#options;
    const { workload, revision, reviewedMs } = held;
    const ends = workload.assessment?.whole.expiresMs;
    if (reviewedMs === undefined || (ends !== undefined && ends <= nowMs())) return true;
    if (Math.abs(nowMs() - reviewedMs) < reviewMs) return false;
    return isOnItsWay(held) || profiles.revisionOf(workload.name) !== revision;
  }

  /** What keeps it from being looked at leaves in force what is there. */
  #step(held: Held, signals: readonly Signal[], anew: boolean): void {
    const { workload, evidence } = held;
    const { complain, perform, nowMs } = this.#options;
    if (anew) held.reviewedMs = nowMs();
    const before = workload.loop;
    const { effects, isOther } = workload.step(
      signals,
      this.#around(held),
      this.#means(held),
      anew,
    );
    if (workload.refused !== held.refused && workload.refused !== undefined)
      complain(
        `policy ${workload.policy.name} of ${workloadText(workload.name)} is refused, ` +
          `what was in force stays: ${workload.refused}`,
      );
    held.refused = workload.refused;
    const key = keyOf(workload.policy, workload.name);
    const told = effects.flatMap((effect) => (effect.do === "tell" ? [effect.transition] : []));
    this.#moves = [...this.#moves, ...movesIn(key, told, before.step)];
    if (told.length > 0) evidence.clear();
    for (const effect of effects) perform(workload, effect);
    this.#loops.delete(key);
    this.#loops.set(key, workload.loop);
    if (!isOther) return;
    this.#unsaved.set(key, workload.loop);
    this.#isSaved = false;
    if (told.length > 0) this.save();
  }

  #around(held: Held): Surroundings {
    const { workload } = held;
    const { nowMs, heartbeat, settings } = this.#options;
    const now = nowMs();
    this.#moves = recentMoves(this.#moves, now, settings.caps);
    return {
      nowMs: now,
      instances: [...held.instances.values()],
      ...held.evidence.at(now),
      heartbeat: heartbeat(now),
      room: roomFor(
        this.#moves,
        keyOf(workload.policy, workload.name),
        this.#held.size,
        now,
        settings.caps,
      ),
    };
  }

  #means(held: Held): Means {
    const { workload, instances } = held;
    const { kernel, settings, profiles, blind, nowMs } = this.#options;
    return {
      kernel,
      settings,
      read: () => {
        const stored = profiles.read(workload.name);
        held.revision = stored?.revision;
        return { profile: stored?.profile, blind: blind(), nowMs: nowMs() };
      },
      nextGeneration: () => ++this.#generation,
      bind: (id, row) => {
        for (const instance of this.#options.living())
          if (instances.get(instance.slot)?.id === id) kernel.hold(instance, row);
      },
    };
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
      if (awaited && this.#awaited.add(path, awaited)) this.#isSaved = false;
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
    const { nowMs, firing, cluster } = this.#options;
    const loop = this.#loops.get(key) ?? beginning(nowMs());
    const workload = new HeldWorkload(name, policy, loop, cluster);
    workload.hear(
      firing().filter((signal) => isFor(signal, workload.place)),
      nowMs(),
    );
    if (workload.loop !== loop) {
      this.#unsaved.set(key, workload.loop);
      this.#isSaved = false;
    }
    return {
      workload,
      evidence: new Evidence(policy.healing.rollbackWindowMs),
      instances: new Map<number, LiveInstance>(),
      failures: { enforce: 0, monitor: 0 },
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

  #forget(key: string): void {
    this.#loops.delete(key);
    this.#unsaved.set(key, undefined);
  }

  #knownUnder(policy: Policy): WorkloadName[] {
    const prefix = `${idOf(policy)} `;
    return [...this.#loops.keys()].flatMap((key) =>
      key.startsWith(prefix)
        ? [{ namespace: policy.namespace, workload: key.slice(prefix.length) }]
        : [],
    );
  }

  /** Also where nothing has changed: signals were taken then. */
  save(): void {
    const { states, loops, nowMs, complain, mostWorkloads } = this.#options;
    for (const key of this.#loops.keys()) {
      if (this.#loops.size <= 4 * mostWorkloads) break;
      this.#forget(key);
    }
    const byWorkload = this.#awaited.paths();
    const paths = new Map(
      [...this.#held].map(([key, held]) => [key, byWorkload.get(held.workload) ?? []] as const),
    );
    this.#isSaved = true;
    try {
      const changed = new Map<string, Loop>();
      const gone: string[] = [];
      for (const [key, loop] of this.#unsaved)
        if (loop === undefined) gone.push(key);
        else changed.set(key, loop);
      loops.save(changed, gone);
      this.#unsaved.clear();
      states.replace(writeState({ generation: this.#generation, paths }, nowMs()));
    } catch (error) {
      complain(`where policies stand is not saved: ${reasonOf(error)}`);
    }
  }
}

/** As metrics have it. */
function modeOf(hold: Hold): Mode {
  return hold === "enforced" || hold === "quarantined" ? "enforce" : "monitor";
}

function add(counts: Map<string, bigint>, key: string, times: bigint): void {
  counts.set(key, (counts.get(key) ?? 0n) + times);
}

/** Time alone may move it. */
function isOnItsWay({ workload: { loop, assessment, refused } }: Held): boolean {
  return refused !== undefined || loop.phase !== "Enforcing" || assessment?.newer !== undefined;
}

function idOf({ namespace, name }: Policy): string {
  return `${namespace}/${name}`;
}

/** "host/web nginx": names of policies have no blanks. */
function keyOf(policy: Policy, { workload }: WorkloadName): string {
  return `${idOf(policy)} ${workload}`;
}
