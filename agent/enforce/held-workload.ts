/** One workload under one policy: its loop, and the rows of the kernel that hold its instances. */
import type { LearnedFacet } from "@pahlevan/core/behaviour/behaviour.ts";
import { standing } from "@pahlevan/core/loop/before.ts";
import { heard, isRequest } from "@pahlevan/core/loop/alerts.ts";
import { holdOfNew, holdsOf, type Hold } from "@pahlevan/core/loop/holding.ts";
import type { Loop } from "@pahlevan/core/loop/loop.ts";
import { inForce, isOneOf } from "@pahlevan/core/loop/phase.ts";
import type { Effect } from "@pahlevan/core/loop/effect.ts";
import { reduce } from "@pahlevan/core/loop/reduce.ts";
import type { LoopSettings } from "@pahlevan/core/loop/settings.ts";
import { occurrenceOf, type Place, type Signal } from "@pahlevan/core/loop/signal.ts";
import type { World } from "@pahlevan/core/loop/world.ts";
import { assess, type Assessment } from "@pahlevan/core/needs/assess.ts";
import { tablesFor } from "@pahlevan/core/needs/held-tables.ts";
import { judgedFacets, type JudgedFacet } from "@pahlevan/core/policy/compile/act.ts";
import { canonical } from "@pahlevan/core/policy/compile/canonical.ts";
import type { Compiled } from "@pahlevan/core/policy/compile/compiled.ts";
import type { Shortfall } from "@pahlevan/core/policy/compile/kernel.ts";
import type { Policy } from "@pahlevan/core/policy/policy.ts";
import type { Profile } from "@pahlevan/core/profile/profile.ts";
import { reasonOf } from "../store/error.ts";
import type { WorkloadName } from "../store/workload-name.ts";
import { judgesCalls, type Installed, type KernelTables } from "./kernel-tables.ts";

type Kernel = Pick<KernelTables, "install" | "replace" | "remove">;

interface Reviewing {
  readonly profile: Profile | undefined;
  readonly blind: ReadonlySet<LearnedFacet>;
  readonly nowMs: number;
}

/** What is true around it, beside what it knows itself. */
export type Surroundings = Pick<
  World,
  "nowMs" | "instances" | "unnamed" | "alone" | "denials" | "failed" | "heartbeat" | "room"
>;

export interface Means {
  readonly kernel: Kernel;
  readonly settings: LoopSettings;
  readonly read: () => Reviewing;
  /** A number that no tables had yet. */
  readonly nextGeneration: () => number;
  /** An instance of that id is held to that row, where there is one. */
  readonly bind: (id: string, row: number) => void;
}

export interface Stepped {
  readonly effects: readonly Effect[];
  /** Whether there is something to write down. */
  readonly isOther: boolean;
}

/** At a time: more would be a circle. */
const mostMoves = 4;
/** What was seen before a move says nothing of what comes after it. */
const calm = { enforced: 0, watched: 0 } as const;

/** Tables in the kernel. */
interface Row extends Installed {
  readonly hold: Hold;
  readonly compiled: Compiled;
  /** What they are compared by. */
  readonly text: string;
  readonly generation: number;
  /** Facets of which it lets pass, and tells, what others are refused. */
  readonly watches: ReadonlySet<JudgedFacet>;
}

/**
 * `main`: whoever begins. `newer`: whose template is still learned. Others by what they hold to.
 */
type Which = "main" | "newer" | Hold;

export class HeldWorkload {
  readonly name: WorkloadName;
  policy: Policy;
  readonly #cluster: string;
  #loop: Loop;
  #changed: World["changed"];
  #assessment: Assessment | undefined;
  /** Why the policy as it is now is not in the kernel; what was there before stays. */
  #refused: string | undefined;
  #rows = new Map<Which, Row>();
  #holds: ReadonlyMap<string, Hold> = new Map();
  /** The tables that were replaced last: what they decided may still be on its way here. */
  #replaced: Row | undefined;

  constructor(name: WorkloadName, policy: Policy, loop: Loop, cluster: string) {
    this.name = name;
    this.#cluster = cluster;
    this.policy = policy;
    this.#loop = loop;
  }

  /** To be kept over a restart. */
  get loop(): Loop {
    return this.#loop;
  }

  get assessment(): Assessment | undefined {
    return this.#assessment;
  }

  get refused(): string | undefined {
    return this.#refused;
  }

  get shortfalls(): readonly Shortfall[] {
    return this.#rows.get("main")?.shortfalls ?? [];
  }

  /** Some of its rows look at system calls. */
  get judgesCalls(): boolean {
    return [...this.#rows.values()].some(({ compiled }) => judgesCalls(compiled));
  }

  /** By its policy's own measure of enough, which may be another one than everybody's. */
  get learnsCalls(): boolean {
    const known = this.#assessment?.convergence.facets.syscall.converged;
    return this.policy.learning.enabled && known === false;
  }

  get generation(): number | undefined {
    return this.#rows.get("main")?.generation;
  }

  get place(): Place {
    const { namespace, name: policy } = this.policy;
    return { cluster: this.#cluster, namespace, policy, workload: this.name.workload };
  }

  edited(policy: Policy, nowMs: number): void {
    this.policy = policy;
    this.#changed = { atMs: nowMs, what: "the policy was edited" };
  }

  /** What fired before it was there. */
  hear(signals: readonly Signal[], nowMs: number): void {
    const alerts = signals.reduce(
      (known, signal) => heard(known, signal, nowMs),
      this.#loop.alerts,
    );
    if (alerts !== this.#loop.alerts) this.#loop = { ...this.#loop, alerts };
  }

  /** Facets of which something is refused where it enforces. */
  get watchable(): ReadonlySet<string> {
    const whole = this.#assessment?.whole;
    return new Set(judgedFacets.filter((facet) => whole?.tables[facet].unlisted === "deny"));
  }

  /** The row that an instance is held to: by what it is made of, and by who it is. */
  rowFor(template: string, id?: string): number | undefined {
    const hold = id === undefined ? undefined : this.#holds.get(id);
    const other = hold && this.#rows.get(hold);
    const isNewer = this.#assessment?.newer === template && hold !== "quarantined";
    const newer = isNewer ? this.#rows.get("newer") : undefined;
    return (newer ?? other ?? this.#rows.get("main"))?.row;
  }

  /** What an instance of that id is held to. */
  holdOf(id: string): Hold {
    return this.#holds.get(id) ?? holdOfNew(this.#loop);
  }

  /** What of an instance in that row is neither allowed nor decided is still to be learned. */
  teaches(row: number): boolean {
    return this.#holdAt(row) === "open";
  }

  /** Who is in that row reaches nobody. */
  isQuarantined(row: number): boolean {
    return this.#holdAt(row) === "quarantined";
  }

  /** The tables of that generation, while the kernel has them and a little longer. */
  tablesOf(generation: number): Pick<Row, "compiled" | "watches"> | undefined {
    const all = [...this.#rows.values(), ...(this.#replaced ? [this.#replaced] : [])];
    return all.find((row) => row.generation === generation);
  }

  /**
   * Signals, and what is true by now: the loop stays, or moves and the kernel with it. `anew`: what
   * is known of the workload is looked at anew, too. What the kernel refuses nobody is told to be
   * true: the loop stays where it was.
   */
  step(signals: readonly Signal[], around: Surroundings, means: Means, anew: boolean): Stepped {
    const before = this.#loop;
    let effects: readonly Effect[] = [];
    try {
      const isAnew = anew || this.#assessment === undefined;
      if (isAnew) this.#assessment = this.#assess(means.read());
      effects = this.#move(signals, around, means);
      const holds = holdsOf(this.#loop, { ...around, policy: this.policy, place: this.place });
      if (isAnew || this.#loop !== before || !isSameMap(holds, this.#holds))
        this.#apply(holds, around, means);
      this.#refused = undefined;
    } catch (error) {
      this.#refused = reasonOf(error);
      const told = this.#stay(before, effects);
      effects = [...told, ...refusing(unanswered(signals, told), this.#refused)];
    }
    return { effects, isOther: this.#loop !== before };
  }

  /** Each transition is judged by what is true after the one before it. */
  #move(signals: readonly Signal[], around: Surroundings, { settings, read }: Means): Effect[] {
    const effects: Effect[] = [];
    for (let turn = 0; turn < mostMoves; turn++) {
      const world = this.worldOf(turn === 0 ? around : { ...around, denials: [], failed: calm });
      if (world === undefined) break;
      const outcome = reduce(this.#loop, turn === 0 ? signals : [], world, settings);
      const isOther = outcome.moved || outcome.loop.candidates !== this.#loop.candidates;
      this.#loop = outcome.loop;
      effects.push(...outcome.effects);
      if (isOther) this.#assessment = this.#assess(read());
      if (!outcome.moved) break;
    }
    return effects;
  }

  worldOf(around: Surroundings): World | undefined {
    const { policy, place } = this;
    const known = this.#assessment;
    if (known === undefined) return undefined;
    const { learning, newest } = known;
    return { ...around, place, policy, seen: true, learning, newest, changed: this.#lastChange() };
  }

  /** Nobody is held by it any more. */
  leave(kernel: Kernel): void {
    for (const { row } of this.#rows.values()) kernel.remove(row);
    this.#rows.clear();
  }

  /** What was heard stays heard, and unanswered; where it stands does not change. */
  #stay(before: Loop, effects: readonly Effect[]): readonly Effect[] {
    const { phase, alerts } = this.#loop;
    if (phase === before.phase && this.#loop.step === before.step) return effects;
    this.#loop = {
      ...before,
      alerts: alerts.map(({ answer: _answer, ...alert }) => {
        const same = before.alerts.find(({ signal }) => signal === alert.signal);
        return same ?? alert;
      }),
    };
    return [{ do: "page", says: `${phase} is not in force: ${this.#refused ?? ""}` }];
  }

  #assess({ profile, blind, nowMs }: Reviewing): Assessment {
    const { policy } = this;
    const { candidates, template } = this.#loop;
    const isHeld = isOneOf(standing(this.#loop).phase, inForce);
    const enforced = isHeld ? template : undefined;
    const found = assess({ policy, profile, blind, nowMs, enforced, candidates });
    if ("problems" in found) throw new Error(found.problems.map(({ says }) => says).join("; "));
    return found;
  }

  #apply(holds: ReadonlyMap<string, Hold>, { instances }: Surroundings, means: Means): void {
    const known = this.#assessment;
    if (known === undefined) return;
    const main = holdOfNew(this.#loop);
    const others = new Set([...holds.values()].filter((hold) => hold !== main));
    for (const hold of others) this.#keep(hold, hold, known, means);
    if (known.newer !== undefined) this.#keep("newer", "open", known, means);
    const whichOf = ({ id, template }: Surroundings["instances"][number]) => {
      const hold = holds.get(id);
      return template === known.newer && hold !== "quarantined" ? "newer" : hold;
    };
    // They leave before the row that they are in becomes another one.
    for (const one of instances) {
      const which = whichOf(one);
      const row = which === undefined || which === main ? undefined : this.#rows.get(which);
      if (row !== undefined) means.bind(one.id, row.row);
    }
    this.#keep("main", main, known, means);
    // The row that they were in may stay, for others.
    const row = this.#rows.get("main");
    for (const one of instances)
      if (row !== undefined && whichOf(one) === main && this.#holds.get(one.id) !== main)
        means.bind(one.id, row.row);
    this.#holds = holds;
    for (const which of [...this.#rows.keys()]) {
      if (which === "main" || (which === "newer" && known.newer !== undefined)) continue;
      if (which === "newer" || !others.has(which)) this.#drop(which, means.kernel);
    }
  }

  #keep(which: Which, hold: Hold, known: Assessment, { kernel, nextGeneration }: Means): void {
    const compiled = tablesFor(hold, known, this.#loop);
    const text = canonical(compiled);
    const before = this.#rows.get(which);
    if (before?.text === text) {
      this.#rows.set(which, { ...before, hold });
      return;
    }
    const generation = nextGeneration();
    const installed =
      before === undefined
        ? kernel.install(compiled, generation)
        : kernel.replace(before.row, compiled, generation);
    this.#replaced = before ?? this.#replaced;
    const watches = watchedBy(compiled, known.whole);
    this.#rows.set(which, { ...installed, hold, compiled, text, generation, watches });
  }

  #holdAt(row: number): Hold | undefined {
    return [...this.#rows.values()].find((each) => each.row === row)?.hold;
  }

  #drop(which: Which, kernel: Kernel): void {
    const row = this.#rows.get(which);
    this.#rows.delete(which);
    this.#replaced = row ?? this.#replaced;
    if (row !== undefined) kernel.remove(row.row, this.#rows.get("main")?.row);
  }

  /** The newest of: an edit, a newer template, the loop's own step to more enforcing. */
  #lastChange(): World["changed"] {
    const sinceMs = this.#assessment?.newestSinceMs;
    const step = this.#loop.transitions.findLast(({ to }) => isOneOf(to, inForce));
    const all = [
      ...(this.#changed ? [this.#changed] : []),
      ...(sinceMs === undefined ? [] : [{ atMs: sinceMs, what: "a newer template came" }]),
      ...(step ? [{ atMs: step.atMs, what: step.does }] : []),
    ];
    return all.toSorted((a, b) => a.atMs - b.atMs).at(-1);
  }
}

/** Requests: somebody waits for what becomes of each. */
function unanswered(signals: readonly Signal[], told: readonly Effect[]): readonly Signal[] {
  const answered = new Set(told.flatMap((each) => (each.do === "answer" ? each.occurrence : [])));
  return signals.filter(
    (signal) =>
      isRequest(signal) && signal.status === "firing" && !answered.has(occurrenceOf(signal)),
  );
}

function refusing(signals: readonly Signal[], why: string): readonly Effect[] {
  return signals.map((signal) => {
    const answer = { do: "answer", outcome: "refused", kind: signal.kind } as const;
    return { ...answer, occurrence: occurrenceOf(signal), says: `nothing has changed: ${why}` };
  });
}

function watchedBy(compiled: Compiled, whole: Compiled): ReadonlySet<JudgedFacet> {
  const isWatched = (facet: JudgedFacet) =>
    whole.tables[facet].unlisted === "deny" && compiled.tables[facet].unlisted === "audit";
  return new Set(judgedFacets.filter(isWatched));
}

function isSameMap<K, V>(a: ReadonlyMap<K, V>, b: ReadonlyMap<K, V>): boolean {
  return a.size === b.size && [...a].every(([key, value]) => b.get(key) === value);
}
