/** Who moves the loops, as the agent does: takes signals, reduces, saves both at once, applies. */
import { heard } from "@pahlevan/core/loop/alerts.ts";
import { recentMoves, roomFor, usualCaps, type Moved } from "@pahlevan/core/loop/caps.ts";
import { directionOf, type Effect } from "@pahlevan/core/loop/effect.ts";
import { beginning, type Loop } from "@pahlevan/core/loop/loop.ts";
import { reduce } from "@pahlevan/core/loop/reduce.ts";
import { savedLoop } from "@pahlevan/core/loop/saved.ts";
import { usualSettings } from "@pahlevan/core/loop/settings.ts";
import { isFor, type Signal } from "@pahlevan/core/loop/signal.ts";
import type { Heartbeat, World } from "@pahlevan/core/loop/world.ts";
import type { Durable } from "./durable.ts";
import type { Service } from "./service.ts";

/** Instants at which a process may be killed. */
export const crashPoints = ["read", "reduced", "saved", "applied in part"] as const;
export type CrashPoint = (typeof crashPoints)[number];

export class Crash extends Error {}

/** One call of the reducer. */
export interface Reduced {
  readonly service: Service;
  readonly before: Loop;
  readonly after: Loop;
  readonly world: World;
  readonly signals: readonly Signal[];
  readonly effects: readonly Effect[];
}

export interface Around {
  readonly nowMs: number;
  readonly heartbeat: Heartbeat;
  /** Throws Crash where the process is killed. */
  readonly at: (point: CrashPoint) => void;
  readonly reduced: (step: Reduced) => void;
}

const mostMoves = 4;
const calm = { enforced: 0, watched: 0 };

export class Leader {
  readonly #durable: Durable;
  readonly #services: readonly Service[];
  readonly #loops = new Map<string, Loop>();
  #generation = 0;
  #taken = 0;
  #moves: readonly Moved[] = [];

  constructor(durable: Durable, services: readonly Service[], nowMs: number) {
    this.#durable = durable;
    this.#services = services;
    this.#load(nowMs);
    for (const service of services) service.forgetSeen();
  }

  loopOf({ key }: Service): Loop {
    const loop = this.#loops.get(key);
    if (loop === undefined) throw new Error(`no loop of ${key}`);
    return loop;
  }

  /** What was committed; undefined: another one has led meanwhile, and nothing of it counts. */
  step(around: Around): readonly Reduced[] | undefined {
    const { nowMs, at } = around;
    const stored = this.#durable.changedSince(this.#taken);
    const takenUpTo = stored.at(-1)?.changed ?? this.#taken;
    at("read");
    const steps: Reduced[] = [];
    const changed = new Map<string, Loop>();
    for (const service of this.#services) {
      const before = this.loopOf(service);
      const signals = stored
        .map(({ signal }) => signal)
        .filter((signal) => isFor(signal, service.place));
      const moved = this.#move(service, before, signals, around);
      steps.push(...moved);
      const after = moved.at(-1)?.after ?? before;
      if (after !== before) changed.set(service.key, after);
    }
    at("reduced");
    if (changed.size > 0 || takenUpTo !== this.#taken) {
      const texts = [...changed].map(([key, loop]) => [key, JSON.stringify(loop)] as const);
      const save = { generation: this.#generation, changed: new Map(texts), takenUpTo };
      if (!this.#durable.save(save)) {
        this.#load(nowMs);
        return undefined;
      }
      this.#generation++;
      this.#taken = takenUpTo;
      for (const [key, loop] of changed) this.#loops.set(key, loop);
    } else if (this.#durable.generation !== this.#generation) {
      this.#load(nowMs);
      return undefined;
    }
    at("saved");
    for (const service of this.#services) {
      service.apply(this.loopOf(service));
      at("applied in part");
    }
    for (const step of steps) this.#perform(step, nowMs);
    return steps;
  }

  #move(
    service: Service,
    begin: Loop,
    signals: readonly Signal[],
    { nowMs, heartbeat, reduced }: Around,
  ): Reduced[] {
    const steps: Reduced[] = [];
    const key = JSON.stringify(service.place);
    const room = roomFor(this.#moves, key, this.#services.length, nowMs, usualCaps);
    let before = begin;
    for (let turn = 0; turn < mostMoves; turn++) {
      const seen = service.world(before, nowMs, heartbeat, room);
      const world = turn === 0 ? seen : { ...seen, denials: [], failed: calm };
      const told = turn === 0 ? signals : [];
      const { loop: after, effects, moved } = reduce(before, told, world, usualSettings);
      const step = { service, before, after, world, signals: told, effects };
      reduced(step);
      steps.push(step);
      before = after;
      if (!moved) break;
    }
    return steps;
  }

  #perform({ service, before, effects }: Reduced, nowMs: number): void {
    for (const effect of effects) {
      if (effect.do !== "tell") continue;
      const { transition } = effect;
      const direction = directionOf(transition, before.step);
      const { source } = transition.cause;
      if (direction)
        this.#moves = recentMoves(
          [...this.#moves, { atMs: nowMs, direction, source, loop: JSON.stringify(service.place) }],
          nowMs,
          usualCaps,
        );
      service.forgetSeen();
    }
  }

  #load(nowMs: number): void {
    this.#generation = this.#durable.generation;
    this.#taken = this.#durable.taken;
    const firing = this.#durable.firing();
    for (const { key, place } of this.#services) {
      const text = this.#durable.loops.get(key);
      const loop = text === undefined ? beginning(nowMs) : savedLoop.parse(JSON.parse(text));
      const its = firing.filter((signal) => isFor(signal, place));
      const alerts = its.reduce((known, signal) => heard(known, signal, nowMs), loop.alerts);
      this.#loops.set(key, { ...loop, alerts });
    }
  }
}
