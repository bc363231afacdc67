/**
 * One simulated life of many workloads under the loop: a seed decides all that happens in it. Who
 * waits costs nothing: each workload is looked at when something befalls it, or time does.
 */
import { isDeepStrictEqual } from "node:util";
import { isFiring, isRequest } from "@pahlevan/core/loop/alerts.ts";
import type { Loop } from "@pahlevan/core/loop/loop.ts";
import { occurrenceOf, type Signal, type SignalKind } from "@pahlevan/core/loop/signal.ts";
import type { Heartbeat } from "@pahlevan/core/loop/world.ts";
import { randomFrom, type Random } from "../random.ts";
import { Agenda } from "./agenda.ts";
import { attack, type Style } from "./attacker.ts";
import { Crash, Killer, type CrashPoint } from "./crash.ts";
import { deadlineOf } from "./deadlines.ts";
import { Durable } from "./durable.ts";
import { Fleet } from "./fleet.ts";
import { happen, type Stage } from "./happen.ts";
import { Leader } from "./leader.ts";
import { happenings, type Happening, type Life } from "./life.ts";
import { day, hour, minute } from "./made.ts";
import { Service } from "./service.ts";
import { Stack } from "./stack.ts";
import { Wire } from "./wire.ts";
import { Witness } from "./witness.ts";

/** What happens in it happens at once. */
const tickMs = minute / 2;
const busyForMs = 30 * minute;
const quietMs = 10 * minute;
const patienceMs = 5 * minute;
/** Longer than anything is on its way. */
const settleMs = 6 * hour;
/** So often it is looked for who was forgotten: of few, more often. */
const sweepMs = (many: number) => (many > 10 ? 6 * hour : hour / 2);

export interface Told {
  readonly steps: number;
  readonly transitions: number;
  readonly phases: ReadonlySet<string>;
  readonly loops: ReadonlyMap<string, Loop>;
  /** How often a leader was killed where. */
  readonly kills: ReadonlyMap<CrashPoint, number>;
  readonly happened: ReadonlyMap<Happening, number>;
  readonly mostInstances: number;
}

export function simulate(life: Life): Told {
  return new Simulation(life).run();
}

class Simulation implements Stage {
  readonly life: Life;
  readonly random: Random;
  readonly fleet: Fleet;
  readonly stack = new Stack();
  readonly wire: Wire;
  readonly killer = new Killer();
  readonly cutNodes = new Set<string>();
  nowMs = 0;
  readonly #durable = new Durable();
  readonly #witness: Witness;
  readonly #agenda = new Agenda<() => void>();
  /** When each is looked at next, at the latest. */
  readonly #wakes = new Agenda<Service>();
  readonly #wakeMs = new Map<Service, number>();
  readonly #busyUntilMs = new Map<Service, number>();
  readonly #inside = new Map<Service, Style>();
  readonly #attackedMs = new Map<Service, number>();
  readonly #happened = new Map<Happening, number>();
  #leaders: Leader[];
  #skewMs = 0;
  #requests = 0;
  #mostInstances = 0;
  #isSettling = false;
  #seenTaken = 0;

  constructor(life: Life) {
    this.life = life;
    const { seed, nodes, services } = life;
    const { cutNodes } = this;
    this.random = randomFrom(seed);
    this.wire = new Wire(life.wire, randomFrom(seed + 1), randomFrom(seed + 2));
    let firstNode = 0;
    const all = services.map(({ policy, instances }, at) => {
      const namespace = `shop${Math.floor(at / 50)}`;
      const place = { cluster: "", namespace, policy: `p${at}`, workload: `w${at}` };
      firstNode += instances;
      return new Service({ place, policy, instances, firstNode, nodes, cutNodes });
    });
    this.fleet = new Fleet(all);
    this.#witness = new Witness(life, this.fleet, () => this.nowMs);
    this.#leaders = [this.#leader()];
    for (const what of happenings) this.#awaitNext(what);
    this.#later(sweepMs(this.fleet.services.length), () => this.#regularly());
    this.wakeAll();
  }

  run(): Told {
    this.#until(this.life.days * day);
    this.#settle();
    const [leader] = this.#leaders;
    if (leader === undefined) throw new Error("nobody leads");
    const { steps, transitions, phases } = this.#witness;
    return {
      steps,
      transitions,
      phases,
      loops: new Map(this.fleet.services.map((each) => [each.key, leader.loopOf(each)])),
      kills: this.killer.kills,
      happened: this.#happened,
      mostInstances: this.#mostInstances,
    };
  }

  get clockMs(): number {
    return this.nowMs + this.#skewMs;
  }

  phaseOf = (service: Service) => this.#loopOf(service).phase;

  wake = (service: Service) => {
    this.#busyUntilMs.set(service, this.nowMs + busyForMs);
    this.#wakeAt(service, this.nowMs);
  };

  wakeAll(): void {
    for (const service of this.fleet.services) this.#wakeAt(service, this.nowMs);
  }

  later = (inMs: number, then: () => void) => this.#later(inMs, then);

  /** One after the other, and not before what the last one did is forgotten. */
  enter(service: Service, style: Style): () => void {
    const sinceMs = this.nowMs - (this.#attackedMs.get(service) ?? -Infinity);
    if (sinceMs < 6 * hour) return () => {};
    this.#attackedMs.set(service, this.nowMs);
    this.#inside.set(service, style);
    service.held = service.instances[Math.floor(this.random() * service.instances.length)]?.id;
    return () => {
      this.#inside.delete(service);
      service.held = undefined;
      service.outage = false;
      this.wake(service);
    };
  }

  operate({ place }: Service, kind: SignalKind): void {
    const { namespace, policy, workload } = place;
    const target = this.random() < 0.1 ? { namespace } : { namespace, policy, workload };
    this.#durable.accept(
      {
        kind,
        source: "operator",
        fingerprint: `request-${this.#requests++}`,
        startsAtMs: this.clockMs,
        status: "firing",
        target,
        by: "kim",
        says: "",
        ...(this.random() < 0.3 && { all: true }),
      },
      this.nowMs,
    );
    this.#witness.note(`operator: ${kind}`);
  }

  skew(ms: number): void {
    this.#skewMs = ms;
    this.#witness.forgetTimes();
    this.wakeAll();
  }

  restart(): void {
    this.#killed(0, new Crash("at rest"));
  }

  split(): (() => void) | undefined {
    if (this.#leaders.length > 1) return undefined;
    this.#leaders.push(this.#leader());
    return () => {
      const kept = this.random() < 0.5 ? 0 : 1;
      this.#leaders = this.#leaders.slice(kept, kept + 1);
      this.wakeAll();
    };
  }

  /** Who waits for it to come back, or counts on it, looks once it is back, or missed. */
  heartbeatWas(): void {
    const wake = () => {
      for (const service of this.fleet.services)
        if (this.phaseOf(service) !== "Enforcing") this.#wakeAt(service, this.nowMs);
    };
    wake();
    this.#later(patienceMs + 1, wake);
  }

  #until(endMs: number): void {
    for (;;) {
      const dueMs = Math.min(
        this.#agenda.nextMs,
        this.#wakes.nextMs,
        this.wire.nextMs,
        this.stack.nextMs,
      );
      const nextMs = Math.max(this.nowMs + tickMs, Math.ceil(dueMs / tickMs) * tickMs);
      if (nextMs > endMs) break;
      this.nowMs = nextMs;
      for (const then of this.#agenda.take(nextMs)) then();
      this.#turn();
    }
    this.nowMs = endMs;
  }

  #turn(): void {
    const awake = this.#awake();
    for (const service of awake) {
      service.live(this.clockMs, this.random);
      this.#attack(service);
    }
    const told = this.stack.evaluate(
      awake,
      (service) => this.#loopOf(service),
      this.nowMs,
      this.clockMs,
    );
    for (const signal of told) {
      this.#witness.note(`${signal.by} ${signal.status} (${signal.source} ${signal.kind})`);
      this.wire.send(signal, this.nowMs);
    }
    this.#deliver();
    const stepped = new Set(awake);
    for (const at of this.#leaders.keys()) this.#lead(at, awake, stepped);
    for (const service of stepped) this.#awaitTime(service);
  }

  #awake(): ReadonlySet<Service> {
    const due = this.#wakes.take(this.nowMs);
    const awake = new Set(due.filter((one) => (this.#wakeMs.get(one) ?? Infinity) <= this.nowMs));
    for (const service of awake) this.#wakeMs.delete(service);
    return awake;
  }

  #attack(service: Service): void {
    const style = this.#inside.get(service);
    if (style === undefined || service.held === undefined) return;
    this.#witness.note(attack(service, service.held, style, this.clockMs, this.random));
    this.#wakeAt(service, this.nowMs + tickMs);
  }

  /** On disk before its sender hears of it, whoever is killed meanwhile. */
  #deliver(): void {
    for (const { signal, isCopy } of this.wire.arrived(this.nowMs)) {
      if (isCopy) {
        this.#durable.accept(signal, this.nowMs);
        continue;
      }
      if (this.#dies("before a signal is stored")) this.wire.again(signal, this.nowMs, false);
      else {
        this.#durable.accept(signal, this.nowMs);
        if (this.#dies("before its sender is told")) this.wire.again(signal, this.nowMs, true);
      }
    }
  }

  #dies(point: CrashPoint): boolean {
    try {
      this.killer.at(point);
      return false;
    } catch (error) {
      this.#killed(0, error);
      return true;
    }
  }

  #lead(at: number, awake: ReadonlySet<Service>, stepped: Set<Service>): void {
    const leader = this.#leaders[at];
    if (leader === undefined) return;
    try {
      const its = leader.step(awake, {
        nowMs: this.clockMs,
        heartbeat: this.#heartbeat(),
        reduced: (step) => this.#witness.reduced(step),
        committed: (steps) => {
          for (const { service, before, after } of steps)
            if (before !== after) this.#wakeAt(service, this.nowMs + tickMs);
          for (const { service, effects } of steps)
            if (effects.some((effect) => effect.do === "tell")) this.#keepBusy(service);
          const known = (service: Service) => leader.loopOf(service);
          this.#witness.committed(steps, this.#takenNow(), known, this.clockMs);
        },
      });
      for (const service of its ?? []) stepped.add(service);
      if (its !== undefined) return;
      this.#witness.note(`leader ${at} is told that it leads no more`);
      for (const service of awake) this.#wakeAt(service, this.nowMs + tickMs);
    } catch (error) {
      this.#killed(at, error);
    }
  }

  /** Since it was asked last: as the disk has it, whatever a leader believes. */
  #takenNow(): readonly Signal[] {
    const { taken } = this.#durable;
    const stored = this.#durable.changedSince(this.#seenTaken);
    this.#seenTaken = taken;
    return stored.filter(({ changed }) => changed <= taken).map(({ signal }) => signal);
  }

  /** Another one begins at once, and looks at all. */
  #killed(at: number, error: unknown): void {
    if (!(error instanceof Crash)) throw error;
    this.#witness.note(`leader ${at} is killed: ${error.message}`);
    this.#leaders[at] = this.#leader();
    this.wakeAll();
  }

  #leader(): Leader {
    const { fleet, killer, life } = this;
    const options = { durable: this.#durable, fleet, killer, first: life.first };
    try {
      return new Leader(options, this.clockMs);
    } catch (error) {
      if (!(error instanceof Crash)) throw error;
      return new Leader(options, this.clockMs);
    }
  }

  #loopOf(service: Service): Loop {
    const [leader] = this.#leaders;
    if (leader === undefined) throw new Error("nobody leads");
    return leader.loopOf(service);
  }

  #heartbeat(): Heartbeat {
    const { cutMs = this.nowMs } = this.wire;
    return this.nowMs - cutMs > patienceMs ? "missing" : "heard";
  }

  #keepBusy(service: Service): void {
    this.#busyUntilMs.set(service, this.nowMs + busyForMs);
  }

  #wakeAt(service: Service, atMs: number): void {
    if ((this.#wakeMs.get(service) ?? Infinity) <= atMs) return;
    this.#wakeMs.set(service, atMs);
    this.#wakes.add(atMs, service);
  }

  /** What was looked at is looked at again when time may have changed something. */
  #awaitTime(service: Service): void {
    const [leader] = this.#leaders;
    if (leader === undefined) return;
    const loop = leader.loopOf(service);
    const endMs = deadlineOf(loop, service, leader.roomOf(service), this.clockMs);
    if (endMs < Infinity) this.#wakeAt(service, endMs - this.#skewMs);
    if (!service.isAtOdds) return;
    const restlessMs = this.nowMs - (this.#busyUntilMs.get(service) ?? 0);
    const everyMs = restlessMs < 0 ? tickMs : restlessMs < 6 * hour ? quietMs : hour;
    this.#wakeAt(service, this.nowMs + everyMs);
  }

  /** As often in a day as the life has it, at any time. */
  #awaitNext(what: Happening): void {
    const often = this.life.daily[what];
    if (often === 0) return;
    this.#later((-Math.log(1 - this.random()) * day) / often, () => {
      if (this.#isSettling) return;
      const { key } = happen(what, this);
      this.#happened.set(what, (this.#happened.get(what) ?? 0) + 1);
      this.#witness.note(`${what} (${key})`);
      this.#awaitNext(what);
    });
  }

  #regularly(): void {
    if (this.#isSettling) return;
    this.#sweep();
    this.#later(sweepMs(this.fleet.services.length), () => this.#regularly());
  }

  /** Nobody waits who has no reason to: all that sleep are looked at, and stay as they are. */
  #sweep(): void {
    const [leader] = this.#leaders;
    const living = this.fleet.services.map(({ instances }) => instances.length);
    this.#mostInstances = Math.max(
      this.#mostInstances,
      living.reduce((sum, one) => sum + one, 0),
    );

    // Where two lead, who looks at it may not know what the other one has done.
    if (leader === undefined || this.#leaders.length > 1 || !leader.isNewest) return;
    for (const service of this.fleet.services) {
      if ((this.#wakeMs.get(service) ?? Infinity) <= this.nowMs) continue;
      const loop = leader.loopOf(service);
      const { loop: next } = leader.look(service, this.clockMs, this.#heartbeat());
      const wrong = this.stack.wrongAbout(service, loop, this.clockMs);
      this.#kernelHolds(service);
      if (next === loop && wrong === undefined) continue;
      const says = wrong === undefined ? `${loop.phase} -> ${next.phase}: ${next.why}` : wrong;
      this.#witness.fail(`who sleeps misses nothing: ${service.key}: ${says}`);
    }
  }

  /** No more faults: what the loops believe becomes what is true. */
  #settle(): void {
    this.#isSettling = true;
    this.killer.disarm();
    this.wire.mend();
    for (const then of this.#agenda.take(Infinity)) then();
    this.wakeAll();
    this.#until(this.nowMs + settleMs);
    this.#sweep();
    for (const service of this.fleet.services) this.#judge(service);
    if (this.#durable.changedSince(this.#durable.taken).length > 0)
      this.#witness.fail("an acknowledged signal is never lost: some were never taken");
  }

  #judge(service: Service): void {
    const loop = this.#loopOf(service);
    const saved = this.#durable.loopOf(service.key);
    if (!isDeepStrictEqual(saved, loop))
      this.#witness.fail(`what is believed is on disk: ${service.key}`);
    this.#kernelHolds(service);
    const believed = loop.alerts
      .filter((alert) => isFiring(alert) && !isRequest(alert.signal))
      .map(({ signal }) => occurrenceOf(signal));
    const fires = [...this.stack.firing()].filter((signal) =>
      this.fleet.meantBy(signal).includes(service),
    );
    const [is, was] = [fires.map(occurrenceOf), believed].map((all) => all.toSorted().join());
    if (is !== was)
      this.#witness.fail(`what is believed to fire fires: ${service.key}: ${was}; ${is}`);
  }

  #kernelHolds(service: Service): void {
    if (service.written !== this.#loopOf(service))
      this.#witness.fail(`the kernel holds what is believed: ${service.key}`);
  }

  #later(inMs: number, then: () => void): void {
    this.#agenda.add(this.nowMs + inMs, then);
  }
}
