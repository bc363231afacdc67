/** One simulated life of many workloads under the loop: a seed decides all that happens in it. */
import { beginning, type Loop } from "@pahlevan/core/loop/loop.ts";
import { isFor, occurrenceOf, type SignalKind } from "@pahlevan/core/loop/signal.ts";
import { isFiring, isRequest } from "@pahlevan/core/loop/alerts.ts";
import type { Heartbeat } from "@pahlevan/core/loop/world.ts";
import type { Policy } from "@pahlevan/core/policy/policy.ts";
import { randomFrom, type Random } from "../random.ts";
import { executing, forbidden, reading, shadow, shell } from "./acts.ts";
import { Durable } from "./durable.ts";
import { invariants } from "./invariants.ts";
import { Crash, crashPoints, Leader, type Reduced } from "./leader.ts";
import { hour, minute } from "./made.ts";
import { Service } from "./service.ts";
import { Stack } from "./stack.ts";
import { Wire, type WireFaults } from "./wire.ts";

export interface Life {
  readonly seed: number;
  readonly days: number;
  readonly nodes: number;
  readonly services: readonly { readonly policy: Policy; readonly instances: number }[];
  readonly wire: WireFaults;
  /** How often in a day each happens. */
  readonly daily: Readonly<Record<Happening, number>>;
}

const happenings = [
  "release",
  "rare",
  "outage",
  "operator",
  "rescue",
  "attack",
  "scale",
  "edit",
  "contradiction",
  "emergency",
  "crash",
  "partition",
  "clock jump",
  "two leaders",
] as const;
export type Happening = (typeof happenings)[number];

class Violation extends Error {}

const day = 24 * hour;
const quietMs = 10 * minute;
const busyMs = minute / 2;
const patienceMs = 5 * minute;
/** Longer than anything is on its way. */
const settleMs = 6 * hour;
const settleStepMs = 2 * minute;
const mostTransitionsAnHour = 24;
const operatorKinds: readonly SignalKind[] = [
  "promote",
  "advance",
  "rollback",
  "rollback",
  "relearn",
  "quarantine",
  "emergency",
  "suspend",
  "resume",
  "resume",
  "resume",
];
const lastActs = 60;
const odd = "/srv/odd/";

export interface Told {
  readonly steps: number;
  readonly transitions: number;
  readonly phases: ReadonlySet<string>;
  readonly loops: ReadonlyMap<string, Loop>;
}

export function simulate(life: Life): Told {
  return new Simulation(life).run();
}

class Simulation {
  readonly #life: Life;
  readonly #random: Random;
  readonly #durable = new Durable();
  readonly #stack = new Stack();
  readonly #services: readonly Service[];
  readonly #wire: Wire;
  #leaders: Leader[];
  #nowMs = 0;
  #skewMs = 0;
  #heardMs = 0;
  #crashes = false;
  #isSplit = false;
  #busyUntilMs = 0;
  /** Ends of what lasts: what is to be done then. */
  #ends: { readonly atMs: number; readonly end: () => void }[] = [];
  #requests = 0;
  #steps = 0;
  #transitions = 0;
  readonly #phases = new Set<string>();
  #attackMs = -Infinity;
  /** What the attacker tries: everything, denials of harmless things, or the user's alert alone. */
  #style: "all" | "noise" | "alert" = "all";
  readonly #acts: string[] = [];
  /** Answers that were committed, by request or alert, and by workload. */
  readonly #accepted = new Map<string, number>();
  readonly #moves = new Map<string, number[]>();

  constructor(life: Life) {
    this.#life = life;
    const { seed, nodes, services } = life;
    this.#random = randomFrom(seed);
    this.#wire = new Wire(life.wire, randomFrom(seed + 1), randomFrom(seed + 2));
    this.#services = services.map(({ policy, instances }, at) => {
      const place = { cluster: "", namespace: "shop", policy: `p${at}`, workload: `w${at}` };
      return new Service({ place, policy, instances, nodes });
    });
    this.#leaders = [this.#leader()];
  }

  run(): Told {
    const { days } = this.#life;
    while (this.#nowMs < days * day) {
      const dtMs = this.#nowMs < this.#busyUntilMs ? busyMs : quietMs;
      this.#nowMs += dtMs;
      this.#end(this.#nowMs);
      for (const what of happenings)
        if (this.#random() < (this.#life.daily[what] * dtMs) / day) this.#happen(what);
      this.#turn();
    }
    this.#settle();
    const [leader] = this.#leaders;
    const loops = new Map(
      this.#services.map((each) => [each.key, leader?.loopOf(each) ?? beginning(0)] as const),
    );
    return { steps: this.#steps, transitions: this.#transitions, phases: this.#phases, loops };
  }

  get #clockMs(): number {
    return this.#nowMs + this.#skewMs;
  }

  #turn(): void {
    for (const service of this.#services) {
      service.live(this.#clockMs, this.#random);
      this.#attack(service);
    }
    const [leader] = this.#leaders;
    if (leader === undefined) throw new Error("nobody leads");
    const loopOf = (service: Service) => leader.loopOf(service);
    for (const signal of this.#stack.evaluate(this.#services, loopOf, this.#clockMs)) {
      this.#note(`${signal.by} ${signal.status} (${signal.source} ${signal.kind})`);
      this.#wire.send(signal, this.#nowMs);
    }
    if (!this.#wire.isCut) this.#heardMs = this.#nowMs;
    for (const signal of this.#wire.arrived(this.#nowMs)) this.#durable.accept(signal);
    for (const at of this.#leaders.keys()) this.#lead(at);
  }

  #lead(at: number): void {
    const leader = this.#leaders[at];
    if (leader === undefined) return;
    try {
      const steps = leader.step({
        nowMs: this.#clockMs,
        heartbeat: this.#heartbeat(),
        at: (point) => {
          if (!this.#crashes || this.#random() >= 1 / crashPoints.length) return;
          this.#crashes = false;
          throw new Crash(point);
        },
        reduced: (step) => this.#check(step),
      });
      if (steps === undefined) this.#note(`leader ${at} is told that it leads no more`);
      else for (const step of steps) this.#committed(step);
    } catch (error) {
      if (!(error instanceof Crash)) throw error;
      this.#note(`leader ${at} is killed: ${error.message}`);
      this.#leaders[at] = this.#leader();
    }
  }

  #leader(): Leader {
    return new Leader(this.#durable, this.#services, this.#clockMs);
  }

  #heartbeat(): Heartbeat {
    return this.#nowMs - this.#heardMs > patienceMs ? "missing" : "heard";
  }

  #happen(what: Happening): void {
    const service = this.#any(this.#services);
    const some = (mostMs: number) => minute + Math.floor(this.#random() * mostMs);
    this.#busyUntilMs = Math.max(this.#busyUntilMs, this.#nowMs + 30 * minute);
    this.#note(`${what} (${service.key})`);
    switch (what) {
      case "release":
        service.release(this.#clockMs);
        return this.#rolling(service);
      case "rare": {
        const path = `/srv/rare/${Math.floor(this.#random() * 8)}`;
        const doing = this.#random() < 0.5 ? reading(path) : executing(path);
        const share = this.#random();
        const times = 1 + Math.floor(this.#random() * 10);
        for (const { id } of [...service.instances])
          if (this.#random() < share) service.does(doing, id, this.#clockMs, times);
        return;
      }
      case "outage":
        service.outage = true;
        return this.#later(some(6 * hour), () => {
          service.outage = false;
        });
      case "operator":
        return this.#operate(service, this.#wish(service));
      case "rescue":
        if (this.#leaders[0]?.loopOf(service).phase === "Quarantine")
          this.#operate(service, "resume");
        return;
      case "attack":
        // One after the other, and not before what the last one did is forgotten.
        if (this.#nowMs - this.#attackMs < 6 * hour) return;
        this.#attackMs = this.#nowMs;
        this.#style = this.#any(["all", "noise", "alert"]);
        service.held = this.#any(service.instances).id;
        return this.#later(some(3 * hour), () => {
          service.held = undefined;
          service.outage = false;
        });
      case "scale":
        return service.scale(1 + Math.floor(this.#random() * 2 * service.instances.length));
      case "edit":
        return service.edit(this.#any(this.#life.services).policy, false, this.#clockMs);
      case "contradiction":
        service.edit(service.policy, true, this.#clockMs);
        return this.#later(some(6 * hour), () =>
          service.edit(service.policy, false, this.#clockMs),
        );
      case "emergency":
        this.#stack.isEmergency = this.#any([["alertmanager"], ["alertmanager", "grafana"]]);
        return this.#later(some(3 * hour), () => {
          this.#stack.isEmergency = [];
        });
      case "crash":
        this.#crashes = true;
        return;
      case "partition":
        this.#wire.cut(true);
        return this.#later(some(hour), () => this.#wire.cut(false));
      case "clock jump":
        this.#skewMs = Math.floor((this.#random() - 0.5) * 2 * day);
        return this.#later(some(6 * hour), () => {
          this.#skewMs = 0;
        });
      case "two leaders":
        if (this.#isSplit) return;
        this.#isSplit = true;
        this.#leaders.push(this.#leader());
        return this.#later(some(hour), () => {
          this.#isSplit = false;
          this.#leaders = this.#leaders.slice(this.#random() < 0.5 ? 0 : 1).slice(0, 1);
        });
    }
  }

  #rolling(service: Service): void {
    if (service.roll()) this.#later(minute, () => this.#rolling(service));
  }

  /** In one instance he does what he likes. */
  #attack(service: Service): void {
    const { held } = service;
    if (held === undefined) return;
    this.#busyUntilMs = Math.max(this.#busyUntilMs, this.#nowMs + 10 * minute);
    const nowMs = this.#clockMs;
    const noise = reading(`${odd}${Math.floor(this.#random() * 4)}`);
    const mostly = { all: this.#random(), noise: this.#random() * 0.5, alert: 0.75 };
    const chance = this.#random() < 0.3 ? mostly.alert : mostly[this.#style];
    if (chance < 0.5) service.does(noise, held, nowMs, 1 + Math.floor(this.#random() * 1_000));
    else if (chance < 0.55) service.does(shadow, held, nowMs);
    else if (chance < 0.6) service.does(shell, held, nowMs);
    else if (chance < 0.7) service.does(forbidden, held, nowMs, 50);
    else if (chance < 0.8) service.outage = this.#random() < 0.8;
    else if (chance < 0.82) service.end(held, nowMs);
    this.#note(`attacker in ${held} (${chance.toFixed(2)})`);
  }

  /** Who finds it aside mostly wants it back. */
  #wish(service: Service): SignalKind {
    const phase = this.#leaders[0]?.loopOf(service).phase ?? "Pending";
    const isAside = ["Quarantine", "Emergency", "Suspended"].includes(phase);
    if (isAside && this.#random() < 0.6) return "resume";
    if (phase === "RolledBack" && this.#random() < 0.4) return "promote";
    return this.#any(operatorKinds);
  }

  #operate({ place }: Service, kind: SignalKind): void {
    const { namespace, policy, workload } = place;
    const target = this.#random() < 0.1 ? { namespace } : { namespace, policy, workload };
    this.#durable.accept({
      kind,
      source: "operator",
      fingerprint: `request-${this.#requests++}`,
      startsAtMs: this.#clockMs,
      status: "firing",
      target,
      by: "kim",
      says: "",
      ...(this.#random() < 0.3 && { all: true }),
    });
    this.#note(`operator: ${kind}`);
  }

  #check(step: Reduced): void {
    this.#steps++;
    for (const [name, check] of Object.entries(invariants)) {
      const wrong = check(step);
      if (wrong !== undefined) this.#fail(`${name}: ${wrong}`);
    }
    const own = step.after.candidates.find(({ behaviour }) => behaviour.includes(odd));
    if (own) this.#fail(`an attacker admits nothing: ${own.behaviour}`);
  }

  #committed({ service, before, after, effects, world }: Reduced): void {
    for (const effect of effects) {
      if (effect.do === "tell") {
        const { from, to, step, signal, cause, does } = effect.transition;
        this.#transitions++;
        this.#phases.add(to);
        this.#note(`${service.key}: ${from} -> ${to} ${step} on ${signal} by ${cause.by}: ${does}`);
        this.#busyUntilMs = Math.max(this.#busyUntilMs, this.#nowMs + 30 * minute);
        if (cause.source !== "operator") this.#moved(service);
      }
      if (effect.do !== "answer" || effect.outcome !== "accepted") continue;
      const key = `${service.key} ${effect.occurrence}`;
      const times = (this.#accepted.get(key) ?? 0) + 1;
      this.#accepted.set(key, times);
      if (times > 1) this.#fail(`a signal moves a loop once: ${key}`);
    }
    this.#siege(before, after, world.instances.length);
  }

  #moved({ key }: Service): void {
    const recent = (this.#moves.get(key) ?? []).filter((atMs) => this.#nowMs - atMs < hour);
    recent.push(this.#nowMs);
    this.#moves.set(key, recent);
    if (recent.length > mostTransitionsAnHour)
      this.#fail(`no flapping: ${recent.length} transitions of ${key} in an hour`);
  }

  /** Where nobody but an attacker does anything, nobody else is held to less than monitor. */
  #siege(before: Loop, after: Loop, instances: number): void {
    const { rare, outage, operator, contradiction, edit, emergency } = this.#life.daily;
    if (rare + outage + operator + contradiction + edit + emergency > 0) return;
    if (instances < 2 || after.transitions.at(-1)?.cause.source === "operator") return;
    const opens = ["Learning", "Emergency", "Review", "Pending"];
    if (!opens.includes(before.phase) && opens.includes(after.phase))
      this.#fail(`an attacker opens nobody else: ${before.phase} -> ${after.phase}`);
  }

  /** No more faults: what the loops believe becomes what is true. */
  #settle(): void {
    this.#end(Infinity);
    this.#wire.mend();
    for (let turns = 0; turns < settleMs / settleStepMs; turns++) {
      this.#nowMs += settleStepMs;
      this.#end(Infinity);
      this.#turn();
    }
    const [leader] = this.#leaders;
    for (const service of this.#services) {
      const { alerts } = leader?.loopOf(service) ?? beginning(0);
      const believed = alerts
        .filter((alert) => isFiring(alert) && !isRequest(alert.signal))
        .map(({ signal }) => occurrenceOf(signal));
      const fires = this.#stack.firing().filter((signal) => isFor(signal, service.place));
      const [is, was] = [fires.map(occurrenceOf), believed].map((all) => all.toSorted().join());
      if (is !== was) this.#fail(`what is believed to fire fires: ${service.key}: ${was}; ${is}`);
    }
    if (this.#durable.changedSince(this.#durable.taken).length > 0)
      this.#fail("an acknowledged signal is never lost: some were never taken");
  }

  #later(inMs: number, end: () => void): void {
    this.#ends.push({ atMs: this.#nowMs + inMs, end });
  }

  #end(untilMs: number): void {
    const due = this.#ends.filter(({ atMs }) => atMs <= untilMs);
    this.#ends = this.#ends.filter(({ atMs }) => atMs > untilMs);
    for (const { end } of due) end();
  }

  #any<T>(some: readonly T[]): T {
    const one = some[Math.floor(this.#random() * some.length)];
    if (one === undefined) throw new Error("of none, there is none to choose");
    return one;
  }

  #note(what: string): void {
    this.#acts.push(`${(this.#nowMs / hour).toFixed(2)} h  ${what}`);
    if (this.#acts.length > lastActs) this.#acts.shift();
  }

  #fail(what: string): never {
    const { seed } = this.#life;
    throw new Violation(
      `${what}\nseed ${seed}, step ${this.#steps}; replay: PAHLEVAN_SIM_SEED=${seed}\n` +
        this.#acts.join("\n"),
    );
  }
}
