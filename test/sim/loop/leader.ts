/**
 * Who moves the loops: takes signals, reduces, saves states together with how far signals were
 * taken, writes the kernel, tells. In either order of saving and writing.
 */
import { heard } from "@pahlevan/core/loop/alerts.ts";
import { movesIn, recentMoves, roomFor, usualCaps, type Moved } from "@pahlevan/core/loop/caps.ts";
import type { Effect } from "@pahlevan/core/loop/effect.ts";
import { beginning, type Loop } from "@pahlevan/core/loop/loop.ts";
import { reduce, type Outcome } from "@pahlevan/core/loop/reduce.ts";
import { usualSettings } from "@pahlevan/core/loop/settings.ts";
import type { Signal } from "@pahlevan/core/loop/signal.ts";
import type { Heartbeat, World } from "@pahlevan/core/loop/world.ts";
import type { Killer } from "./crash.ts";
import type { Durable } from "./durable.ts";
import type { Fleet } from "./fleet.ts";
import type { Service } from "./service.ts";

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
  readonly reduced: (step: Reduced) => void;
  /** On disk, and so for good. */
  readonly committed: (steps: readonly Reduced[]) => void;
}

/**
 * `kernel`: as the agent does, workload by workload; who has moved is saved at once, and signals
 * count as taken when all have been. `disk`: all of them are saved at once, before the kernel is
 * written.
 */
export type First = "kernel" | "disk";

export interface LeaderOptions {
  readonly durable: Durable;
  readonly fleet: Fleet;
  readonly killer: Killer;
  readonly first: First;
}

const mostMoves = 4;
const calm = { enforced: 0, watched: 0 };

export class Leader {
  readonly #options: LeaderOptions;
  readonly #loops = new Map<string, Loop>();
  readonly #rooms = new Map<string, World["room"]>();
  /** What was reduced, and is not saved. */
  #unsaved: Reduced[] = [];
  #unwritten: Set<Service>;
  #generation = 0;
  #taken = 0;
  #moves: readonly Moved[] = [];

  constructor(options: LeaderOptions, nowMs: number) {
    const { fleet, killer, durable } = options;
    this.#options = options;
    this.#generation = durable.generation;
    this.#taken = durable.taken;
    for (const service of fleet.services) {
      this.#read(service, nowMs);
      service.forgetSeen();
    }
    for (const signal of durable.firing())
      for (const service of fleet.meantBy(signal)) {
        const loop = this.loopOf(service);
        const alerts = heard(loop.alerts, signal, nowMs);
        this.#loops.set(service.key, { ...loop, alerts });
      }
    this.#recall(nowMs);
    this.#unwritten = new Set(fleet.services);
    killer.at("while starting");
  }

  get isNewest(): boolean {
    return this.#generation === this.#options.durable.generation;
  }

  loopOf({ key }: Service): Loop {
    const loop = this.#loops.get(key);
    if (loop === undefined) throw new Error(`no loop of ${key}`);
    return loop;
  }

  /** As it was when it was reduced last. */
  roomOf({ key }: Service): World["room"] {
    return this.#rooms.get(key) ?? { looser: true, tighter: true };
  }

  /** What would become of it now. */
  look(service: Service, nowMs: number, heartbeat: Heartbeat): Outcome {
    const loop = this.loopOf(service);
    const world = service.world(loop, nowMs, heartbeat, this.roomOf(service));
    return reduce(loop, [], world, usualSettings);
  }

  /** Whom it has looked at; undefined: another one has led meanwhile, and nothing of it counts. */
  step(due: ReadonlySet<Service>, around: Around): ReadonlySet<Service> | undefined {
    const { durable, fleet, killer, first } = this.#options;
    const stored = durable.changedSince(this.#taken);
    if (stored.length === 0 && due.size === 0 && this.#unwritten.size === 0) return due;
    killer.at("signals read");
    const told = new Map<Service, Signal[]>();
    for (const { signal } of stored)
      for (const service of fleet.meantBy(signal)) {
        const its = told.get(service);
        if (its === undefined) told.set(service, [signal]);
        else its.push(signal);
      }
    const awake = new Set([...due, ...told.keys()]);
    for (const service of awake) {
      const moved = this.#move(service, told.get(service) ?? [], around);
      killer.at("reduced");
      if (first === "disk") continue;
      this.#write(service);
      this.#perform(service, moved);
      const isTold = moved.some(({ effects }) => effects.some((effect) => effect.do === "tell"));
      if (isTold && !this.#save(around, this.#taken)) return this.#follow(around);
    }
    const takenUpTo = stored.at(-1)?.changed ?? this.#taken;
    const isNews = this.#unsaved.some(isOther) || takenUpTo !== this.#taken;
    const steps = this.#unsaved;
    if (isNews ? !this.#save(around, takenUpTo) : !this.isNewest) return this.#follow(around);
    this.#unsaved = [];
    const unwritten = first === "disk" ? new Set([...this.#unwritten, ...awake]) : this.#unwritten;
    for (const service of unwritten) this.#write(service);
    this.#unwritten.clear();
    if (first === "disk")
      for (const [service, its] of Map.groupBy(steps, (step) => step.service))
        this.#perform(service, its);
    return awake;
  }

  #move(
    service: Service,
    signals: readonly Signal[],
    { nowMs, heartbeat, reduced }: Around,
  ): Reduced[] {
    const steps: Reduced[] = [];
    const { fleet } = this.#options;
    const { key } = service;
    this.#moves = recentMoves(this.#moves, nowMs, usualCaps);
    const room = roomFor(this.#moves, key, fleet.services.length, nowMs, usualCaps);
    if (room.looser && room.tighter) this.#rooms.delete(key);
    else this.#rooms.set(key, room);
    for (let turn = 0; turn < mostMoves; turn++) {
      const before = this.loopOf(service);
      const seen = service.world(before, nowMs, heartbeat, room);
      const world = turn === 0 ? seen : { ...seen, denials: [], failed: calm };
      const told = turn === 0 ? signals : [];
      const { loop: after, effects, moved } = reduce(before, told, world, usualSettings);
      const step = { service, before, after, world, signals: told, effects };
      reduced(step);
      steps.push(step);
      this.#loops.set(key, after);
      const transitions = effects.flatMap((each) => (each.do === "tell" ? [each.transition] : []));
      this.#moves = [...this.#moves, ...movesIn(key, transitions, before.step)];
      if (!moved) break;
    }
    this.#unsaved.push(...steps);
    return steps;
  }

  #save({ committed }: Around, takenUpTo: number): boolean {
    const { durable, killer } = this.#options;
    const others = this.#unsaved.filter(isOther);
    const changed = new Map(
      others.map(({ service }) => [service.key, JSON.stringify(this.loopOf(service))] as const),
    );
    killer.at("while saving");
    if (!durable.save({ generation: this.#generation, changed, takenUpTo })) return false;
    this.#generation++;
    this.#taken = takenUpTo;
    committed(this.#unsaved);
    this.#unsaved = [];
    killer.at("saved");
    return true;
  }

  #write(service: Service): void {
    const { killer } = this.#options;
    const loop = this.loopOf(service);
    killer.at("kernel written in part", () => service.apply(loop, 0.5));
    service.apply(loop);
    killer.at("kernel written");
  }

  #perform(service: Service, steps: readonly Reduced[]): void {
    if (!steps.some(({ effects }) => effects.some((effect) => effect.do === "tell"))) return;
    service.forgetSeen();
    this.#options.killer.at("told");
  }

  /** What others have saved is so, and what was not saved never was. */
  #follow({ nowMs }: Around): undefined {
    const { durable, fleet } = this.#options;
    const lost = new Set(this.#unsaved.map(({ service }) => service));
    for (const service of fleet.services) {
      if (!lost.has(service) && !durable.isOther(service.key, this.#generation)) continue;
      this.#read(service, nowMs);
      this.#unwritten.add(service);
    }
    this.#generation = durable.generation;
    this.#taken = durable.taken;
    this.#unsaved = [];
    this.#recall(nowMs);
    return undefined;
  }

  #read({ key }: Service, nowMs: number): void {
    this.#loops.set(key, this.#options.durable.loopOf(key) ?? beginning(nowMs));
  }

  /** Who has just started knows of moves by what loops remember. */
  #recall(nowMs: number): void {
    const all = [...this.#loops].flatMap(([key, { transitions }]) => {
      const isLate = (transitions.at(-1)?.atMs ?? -Infinity) > nowMs - usualCaps.windowMs;
      return isLate ? movesIn(key, transitions) : [];
    });
    this.#moves = recentMoves(all, nowMs, usualCaps);
  }
}

function isOther({ before, after }: Reduced): boolean {
  return before !== after;
}
