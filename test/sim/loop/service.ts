/**
 * A simulated workload: its instances, what they do, what became of it, and what is known of it.
 */
import type { Hold } from "@pahlevan/core/loop/holding.ts";
import { holdOfNew, holdsOf } from "@pahlevan/core/loop/holding.ts";
import type { Loop } from "@pahlevan/core/loop/loop.ts";
import { inForce, isOneOf } from "@pahlevan/core/loop/phase.ts";
import type { Place } from "@pahlevan/core/loop/signal.ts";
import type {
  Denial,
  Heartbeat,
  Learning,
  LiveInstance,
  World,
} from "@pahlevan/core/loop/world.ts";
import type { Policy } from "@pahlevan/core/policy/policy.ts";
import type { Random } from "../random.ts";
import { deniedByName, deniedWrongly, fateOf, reading, staple, type Doing } from "./acts.ts";
import { minute } from "./made.ts";

interface Seen {
  readonly doing: Doing;
  readonly id: string;
  readonly atMs: number;
  readonly denied: boolean;
  readonly times: number;
}

export interface ServiceOptions {
  readonly place: Place;
  readonly policy: Policy;
  readonly instances: number;
  readonly nodes: number;
}

const mostShown = 64;

export class Service {
  readonly place: Place;
  policy: Policy;
  instances: LiveInstance[] = [];
  /** Of the attacker; undefined: nobody is in. */
  held: string | undefined;
  /** Somebody's users suffer for a reason that is none of ours, or the attacker makes it so. */
  outage = false;
  /** Whether anybody but the attacker was refused something since the loop moved. */
  suffersMs = -Infinity;
  readonly #nodes: number;
  readonly #learned = new Set<string>();
  #newsMs = 0;
  #version = 0;
  #versionMs = 0;
  #born = 0;
  #denied: readonly string[] = deniedByName;
  #changed: World["changed"];
  #seen: Seen[] = [];
  #failures: { readonly atMs: number; readonly enforced: boolean }[] = [];
  /** What the kernel holds instances to: since a leader last wrote it. */
  #inForce: { readonly loop: Loop; readonly holds: ReadonlyMap<string, Hold> } | undefined;

  constructor({ place, policy, instances, nodes }: ServiceOptions) {
    this.place = place;
    this.policy = policy;
    this.#nodes = nodes;
    for (let at = 0; at < instances; at++) this.#begin();
    this.#write();
  }

  get key(): string {
    const { namespace, policy, workload } = this.place;
    return `${namespace}/${policy} ${workload}`;
  }

  get template(): string {
    return `v${this.#version}`;
  }

  /** What every instance of this version does. */
  get habits(): readonly Doing[] {
    const its = Array.from({ length: 3 }, (_, at) => reading(`/srv/app/${this.#version + at}`));
    return [staple, ...its];
  }

  isExplicit({ behaviour }: Doing): boolean {
    return this.#denied.includes(behaviour);
  }

  scale(count: number): void {
    while (this.instances.length < count) this.#begin();
    this.instances.length = Math.min(count, this.instances.length);
    this.#forgetAttacker();
  }

  edit(policy: Policy, isWrong: boolean, nowMs: number): void {
    this.policy = policy;
    this.#denied = isWrong ? deniedWrongly : deniedByName;
    this.#changed = { atMs: nowMs, what: "the policy was edited" };
  }

  release(nowMs: number): void {
    this.#version++;
    this.#versionMs = nowMs;
    this.#newsMs = nowMs;
    this.#write();
  }

  /** One instance becomes one of the newest version; false: all are. */
  roll(): boolean {
    const at = this.instances.findIndex(({ template }) => template !== this.template);
    if (at < 0) return false;
    this.instances.splice(at, 1);
    this.#forgetAttacker();
    this.#begin();
    return true;
  }

  end(id: string, nowMs: number): void {
    const enforced = isEnforced(this.holdOf(id));
    this.#failures.push({ atMs: nowMs, enforced });
    this.instances = this.instances.filter((one) => one.id !== id);
    this.#begin();
    this.#forgetAttacker();
  }

  /** Each instance, what it does all the time; who is refused that suffers, and may end by it. */
  live(nowMs: number, random: Random): void {
    const news = this.habits.filter((doing) => !this.#isKnown(doing));
    if (news.length === 0) return;
    for (const { id, template } of [...this.instances]) {
      if (template !== this.template && !news.includes(staple)) continue;
      for (const doing of news)
        if (this.does(doing, id, nowMs) === "deny" && random() < 0.1) {
          this.end(id, nowMs);
          break;
        }
    }
  }

  does(doing: Doing, id: string, nowMs: number, times = 1): "deny" | "alert" | "allow" {
    const hold = this.holdOf(id);
    const explicit = this.isExplicit(doing);
    const loop = this.#inForce?.loop;
    const isCandidate = loop?.candidates.some(
      ({ behaviour, expiresMs }) => behaviour === doing.behaviour && expiresMs > nowMs,
    );
    if (!explicit && (this.#learned.has(doing.behaviour) || isCandidate)) return "allow";
    const fate = fateOf(doing, explicit, hold, loop?.loosened ?? []);
    if (fate === "allow") this.#learn(doing, nowMs);
    else this.#seen.push({ doing, id, atMs: nowMs, denied: fate === "deny", times });
    if (fate === "deny" && id !== this.held) this.suffersMs = nowMs;
    return fate;
  }

  /** As the kernel has it now; who began since is held to what who begins is. */
  holdOf(id: string): Hold {
    if (this.#inForce === undefined) return "open";
    const template = this.instances.find((one) => one.id === id)?.template;
    if (template !== undefined && template === this.newer(this.#inForce.loop)) return "open";
    return this.#inForce.holds.get(id) ?? holdOfNew(this.#inForce.loop);
  }

  holdIn(loop: Loop): ReadonlyMap<string, Hold> {
    return holdsOf(loop, this);
  }

  /** A leader writes what it has saved. */
  apply(loop: Loop): void {
    this.#inForce = { loop, holds: holdsOf(loop, this) };
  }

  /** What was seen before a move says nothing of what comes after it. */
  forgetSeen(): void {
    this.#seen = [];
    this.#failures = [];
  }

  world(loop: Loop, nowMs: number, heartbeat: Heartbeat, room: World["room"]): World {
    const sinceMs = nowMs - this.policy.healing.rollbackWindowMs;
    if (this.#seen.some(({ atMs }) => atMs < sinceMs))
      this.#seen = this.#seen.filter(({ atMs }) => atMs >= sinceMs);
    this.#failures = this.#failures.filter(({ atMs }) => atMs >= sinceMs);
    const enforced = this.#failures.filter((failure) => failure.enforced).length;
    return {
      nowMs,
      place: this.place,
      policy: this.policy,
      learning: this.learning(loop, nowMs),
      seen: true,
      newest: this.template,
      instances: this.instances,
      unnamed: 0,
      alone: false,
      denials: this.#denials(),
      failed: { enforced, watched: this.#failures.length - enforced },
      changed: this.#lastChange(loop),
      heartbeat,
      room,
    };
  }

  learning(loop: Loop, nowMs: number): Learning {
    const { enabled, durationMs } = this.policy.learning;
    const converged = nowMs - this.#newsMs >= durationMs;
    const contradicts = this.#denied.includes(staple.behaviour);
    const trial = contradicts
      ? ({ answer: "no", says: `refused: ${staple.behaviour}` } as const)
      : ({ answer: enabled && this.#learned.size === 0 ? "unknown" : "yes", says: "" } as const);
    const waitsFor = converged ? "" : "something new was seen";
    // Of what is in force: nothing that is new since then can contradict it.
    const own = this.newer(loop) === undefined || contradicts ? trial : fine;
    return { enabled, converged, waitsFor, trial, own };
  }

  /** The template of which what is new is still learned. */
  newer(loop: Loop): string | undefined {
    const { phase } = loop.before ?? loop;
    const isHeld = isOneOf(phase, inForce) || isOneOf(loop.phase, inForce);
    return isHeld && loop.template !== this.template ? this.template : undefined;
  }

  /** Who learns nothing is told by the policy's author what there will be. */
  #write(): void {
    if (this.policy.learning.enabled) return;
    for (const { behaviour } of this.habits) this.#learned.add(behaviour);
  }

  #isKnown(doing: Doing): boolean {
    return this.#learned.has(doing.behaviour) && !this.isExplicit(doing);
  }

  #learn({ behaviour, sensitive }: Doing, nowMs: number): void {
    if (sensitive !== undefined || this.#learned.has(behaviour)) return;
    this.#learned.add(behaviour);
    this.#newsMs = nowMs;
  }

  #begin(): void {
    const id = `${this.place.workload}-${this.#born++}`;
    const node = `n${this.#born % this.#nodes}`;
    this.instances.push({ id, node, template: this.template });
  }

  #forgetAttacker(): void {
    if (!this.instances.some(({ id }) => id === this.held)) this.held = undefined;
  }

  #denials(): readonly Denial[] {
    const byBehaviour = Map.groupBy(this.#seen, ({ doing }) => doing.behaviour);
    return [...byBehaviour.values()].flatMap((those) => {
      const [first] = those;
      if (first === undefined) return [];
      const { behaviour, facet, sensitive, oddity } = first.doing;
      const sum = (denied: boolean) =>
        those.reduce((so, each) => so + (each.denied === denied ? each.times : 0), 0);
      return {
        ...{ behaviour, facet, sensitive, oddity },
        instances: [...new Set(those.map(({ id }) => id))].slice(0, mostShown),
        denied: sum(true),
        watched: sum(false),
        explicit: this.isExplicit(first.doing),
        lastMs: those.at(-1)?.atMs ?? 0,
      };
    });
  }

  #lastChange(loop: Loop): World["changed"] {
    const step = loop.transitions.findLast(({ to }) => isOneOf(to, inForce));
    const all = [
      ...(this.#changed ? [this.#changed] : []),
      ...(this.#version > 0 ? [{ atMs: this.#versionMs, what: "a newer template came" }] : []),
      ...(step ? [{ atMs: step.atMs, what: step.does }] : []),
    ];
    return all.toSorted((a, b) => a.atMs - b.atMs).at(-1);
  }
}

const fine = { answer: "yes", says: "" } as const;
/** How long somebody's users remember that they were refused. */
export const rememberedPainMs = 2 * minute;

function isEnforced(hold: Hold): boolean {
  return hold === "enforced" || hold === "quarantined";
}
