/**
 * A simulated workload: its instances, what they do, what became of it, and what is known of it.
 */
import type { Hold } from "@pahlevan/core/loop/holding.ts";
import { holdOfNew, holdsOf } from "@pahlevan/core/loop/holding.ts";
import type { Loop } from "@pahlevan/core/loop/loop.ts";
import { inForce, isOneOf } from "@pahlevan/core/loop/phase.ts";
import type { Place } from "@pahlevan/core/loop/signal.ts";
import type { Heartbeat, Learning, LiveInstance, World } from "@pahlevan/core/loop/world.ts";
import type { Policy } from "@pahlevan/core/policy/policy.ts";
import type { Random } from "../random.ts";
import { deniedByName, deniedWrongly, fateOf, reading, staple, type Doing } from "./acts.ts";
import { minute } from "./made.ts";
import { Sightings } from "./sightings.ts";

export interface ServiceOptions {
  readonly place: Place;
  readonly policy: Policy;
  readonly instances: number;
  /** Where its first one is: the others are beside it. */
  readonly firstNode: number;
  readonly nodes: number;
  /** Nodes that nobody reaches now. */
  readonly cutNodes: ReadonlySet<string>;
}

/** What a kernel holds instances to. */
interface InForce {
  readonly loop: Loop;
  readonly holds: ReadonlyMap<string, Hold>;
}

export class Service {
  readonly place: Place;
  readonly key: string;
  policy: Policy;
  /** Of the attacker; undefined: nobody is in. */
  held: string | undefined;
  /** Somebody's users suffer for a reason that is none of ours, or the attacker makes it so. */
  outage = false;
  /** When anybody but the attacker was refused something last. */
  suffersMs = -Infinity;
  readonly #options: ServiceOptions;
  readonly #learned = new Set<string>();
  readonly #sightings = new Sightings();
  #instances: ReadonlyMap<string, LiveInstance> = new Map();
  #living: readonly LiveInstance[] = [];
  #newsMs = 0;
  #version = 0;
  #versionMs = 0;
  #born = 0;
  #habits: readonly Doing[] = habitsOf(0);
  #denied: readonly string[] = deniedByName;
  #changed: World["changed"];
  #inForce: InForce | undefined;
  /** Of nodes that were not reached when that was written last. */
  readonly #behind = new Map<string, InForce | undefined>();

  constructor(options: ServiceOptions) {
    const { place, policy, instances } = options;
    this.#options = options;
    this.place = place;
    this.key = `${place.namespace}/${place.policy} ${place.workload}`;
    this.policy = policy;
    this.scale(instances);
    this.#write();
  }

  get instances(): readonly LiveInstance[] {
    return this.#living;
  }

  get template(): string {
    return `v${this.#version}`;
  }

  /** What the kernel was told last. */
  get written(): Loop | undefined {
    return this.#inForce?.loop;
  }

  isExplicit({ behaviour }: Doing): boolean {
    return this.#denied.includes(behaviour);
  }

  scale(count: number): void {
    const more = Array.from({ length: Math.max(0, count - this.#living.length) }, () =>
      this.#one(),
    );
    this.#live([...this.#living, ...more].slice(0, count));
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
    this.#habits = habitsOf(this.#version);
    this.#write();
  }

  /** One instance becomes one of the newest version; false: all are. */
  roll(): boolean {
    const old = this.#living.find(({ template }) => template !== this.template);
    if (old === undefined) return false;
    this.#replace((one) => one === old);
    return true;
  }

  end(id: string, nowMs: number): void {
    this.#sightings.fail({ atMs: nowMs, enforced: isEnforced(this.holdOf(id)) });
    this.#replace((one) => one.id === id);
  }

  /** Its instances there begin anew elsewhere. */
  lose(node: string): boolean {
    const had = this.#living;
    this.#behind.delete(node);
    this.#replace((one) => one.node === node);
    return had !== this.#living;
  }

  reach(node: string): boolean {
    return this.#behind.delete(node);
  }

  /** Whether it does something that it is not known for. */
  get isAtOdds(): boolean {
    return this.#habits.some((doing) => !this.#isKnown(doing));
  }

  /** Each instance, what it does all the time; who is refused that suffers, and may end by it. */
  live(nowMs: number, random: Random): void {
    const news = this.#habits.filter((doing) => !this.#isKnown(doing));
    if (news.length === 0) return;
    for (const { id, template } of this.#living) {
      if (template !== this.template && !news.includes(staple)) continue;
      for (const doing of news)
        if (this.does(doing, id, nowMs) === "deny" && random() < 0.1) {
          this.end(id, nowMs);
          break;
        }
    }
  }

  does(doing: Doing, id: string, nowMs: number, times = 1): "deny" | "alert" | "allow" {
    const explicit = this.isExplicit(doing);
    const node = this.#instances.get(id)?.node ?? "";
    const loop = this.#inForceAt(node)?.loop;
    const isCandidate = loop?.candidates.some(
      ({ behaviour, expiresMs }) => behaviour === doing.behaviour && expiresMs > nowMs,
    );
    if (!explicit && (this.#learned.has(doing.behaviour) || isCandidate)) return "allow";
    const fate = fateOf(doing, explicit, this.holdOf(id), loop?.loosened ?? []);
    // Of who is not reached nobody hears.
    if (!this.#options.cutNodes.has(node)) {
      if (fate === "allow") this.#learn(doing, nowMs);
      else this.#sightings.see({ doing, id, atMs: nowMs, denied: fate === "deny", times });
    }
    if (fate === "deny" && id !== this.held) this.suffersMs = nowMs;
    return fate;
  }

  /** As the kernel has it now; who began since is held to what who begins is. */
  holdOf(id: string): Hold {
    const one = this.#instances.get(id);
    const known = this.#inForceAt(one?.node ?? "");
    if (known === undefined) return "open";
    if (one !== undefined && one.template === this.newer(known.loop)) return "open";
    return known.holds.get(id) ?? holdOfNew(known.loop);
  }

  /** A leader writes what it has saved, or as much of it as it comes to before it is killed. */
  apply(loop: Loop, share = 1): void {
    const holds = holdsOf(loop, this);
    const before = this.#inForce;
    for (const { node } of this.#living)
      if (this.#options.cutNodes.has(node) && !this.#behind.has(node))
        this.#behind.set(node, before);
    if (share === 1) {
      this.#inForce = { loop, holds };
      return;
    }
    const mixed = this.#living.map(({ id }, at) => {
      const hold = at < share * this.#living.length ? holds.get(id) : undefined;
      return [id, hold ?? this.holdOf(id)] as const;
    });
    this.#inForce = { loop: before?.loop ?? loop, holds: new Map(mixed) };
  }

  /** What was seen before a move says nothing of what comes after it. */
  forgetSeen(): void {
    this.#sightings.forget();
  }

  world(loop: Loop, nowMs: number, heartbeat: Heartbeat, room: World["room"]): World {
    const sinceMs = nowMs - this.policy.healing.rollbackWindowMs;
    return {
      nowMs,
      place: this.place,
      policy: this.policy,
      learning: this.learning(loop, nowMs),
      seen: true,
      newest: this.template,
      instances: this.#living,
      unnamed: 0,
      alone: false,
      ...this.#sightings.since(sinceMs, (doing) => this.isExplicit(doing)),
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

  /** When time alone changes what is true of it, by its own clock. */
  *turns(): Generator<number> {
    const { learning, healing } = this.policy;
    yield this.#newsMs + learning.durationMs;
    yield this.#sightings.endMs(healing.rollbackWindowMs);
    // A clock that went back comes by it twice.
    yield this.suffersMs - rememberedPainMs + 1;
    yield this.suffersMs + rememberedPainMs;
  }

  #inForceAt(node: string): InForce | undefined {
    return this.#behind.has(node) ? this.#behind.get(node) : this.#inForce;
  }

  /** Who learns nothing is told by the policy's author what there will be. */
  #write(): void {
    if (this.policy.learning.enabled) return;
    for (const { behaviour } of this.#habits) this.#learned.add(behaviour);
  }

  #isKnown(doing: Doing): boolean {
    return this.#learned.has(doing.behaviour) && !this.isExplicit(doing);
  }

  #learn({ behaviour, sensitive }: Doing, nowMs: number): void {
    if (sensitive !== undefined || this.#learned.has(behaviour)) return;
    this.#learned.add(behaviour);
    this.#newsMs = nowMs;
  }

  #one(): LiveInstance {
    const { nodes, firstNode, place } = this.#options;
    const id = `${place.workload}-${this.#born++}`;
    return { id, node: `n${(firstNode + this.#born) % nodes}`, template: this.template };
  }

  #replace(isOver: (one: LiveInstance) => boolean): void {
    const others = this.#living.filter((one) => !isOver(one));
    const lost = this.#living.length - others.length;
    if (lost > 0) this.#live([...others, ...Array.from({ length: lost }, () => this.#one())]);
  }

  #live(all: readonly LiveInstance[]): void {
    this.#living = all;
    this.#instances = new Map(all.map((one) => [one.id, one]));
    if (this.held !== undefined && !this.#instances.has(this.held)) this.held = undefined;
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

/** What every instance of a version does. */
function habitsOf(version: number): readonly Doing[] {
  const its = Array.from({ length: 3 }, (_, at) => reading(`/srv/app/${version + at}`));
  return [staple, ...its];
}

function isEnforced(hold: Hold): boolean {
  return hold === "enforced" || hold === "quarantined";
}
