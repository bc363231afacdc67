/** Who looks on all the time, and says so where the loops do what they must not. */
import { isRequest } from "@pahlevan/core/loop/alerts.ts";
import { usualCaps } from "@pahlevan/core/loop/caps.ts";
import { directionOf } from "@pahlevan/core/loop/effect.ts";
import { mostAlerts, rememberedMs, type Loop, type Transition } from "@pahlevan/core/loop/loop.ts";
import { occurrenceOf, type Signal } from "@pahlevan/core/loop/signal.ts";
import { table } from "@pahlevan/core/loop/table.ts";
import { odd } from "./attacker.ts";
import type { Fleet } from "./fleet.ts";
import { invariants } from "./invariants.ts";
import type { Reduced } from "./leader.ts";
import type { Life } from "./life.ts";
import { day, hour, minute } from "./made.ts";
import type { Service } from "./service.ts";

class Violation extends Error {}

const mostTransitionsAnHour = 24;
const lastActs = 60;
/** The last look at a loop may be so old. */
const slackMs = 2 * minute;

interface Moved {
  readonly atMs: number;
  readonly loop: string;
  readonly direction: "looser" | "tighter";
}

export class Witness {
  readonly #life: Life;
  readonly #fleet: Fleet;
  readonly #nowMs: () => number;
  readonly phases = new Set<string>();
  steps = 0;
  transitions = 0;
  readonly #acts: string[] = [];
  /** When a request or an alert was accepted by a loop, and that is saved; the oldest first. */
  readonly #accepted = new Map<string, number>();
  readonly #hourly = new Map<string, readonly number[]>();
  /** Of all loops, but not by operators: those that are saved. */
  #moves: readonly Moved[] = [];
  /** And all that anybody has made. */
  #made: readonly Moved[] = [];

  constructor(life: Life, fleet: Fleet, nowMs: () => number) {
    this.#life = life;
    this.#fleet = fleet;
    this.#nowMs = nowMs;
  }

  note(what: string): void {
    this.#acts.push(`${(this.#nowMs() / hour).toFixed(2)} h  ${what}`);
    if (this.#acts.length > lastActs) this.#acts.shift();
  }

  fail(what: string): never {
    const { seed, name } = this.#life;
    const replay = `PAHLEVAN_SIM_LIFE=${name} PAHLEVAN_SIM_SEED=${seed}`;
    throw new Violation(
      `${what}\nseed ${seed}, step ${this.steps}; replay: ${replay}\n${this.#acts.join("\n")}`,
    );
  }

  /** Whatever becomes of it: nobody may even want what must not be. */
  reduced(step: Reduced): void {
    this.steps++;
    for (const [name, check] of Object.entries(invariants)) {
      const wrong = check(step);
      if (wrong !== undefined) this.fail(`${name}: ${step.service.key}: ${wrong}`);
    }
    this.#capped(step);
    for (const effect of step.effects)
      if (effect.do === "tell") {
        const move = this.#moveOf(step.service.key, effect.transition, step.before.step);
        if (move !== undefined) this.#made = [...this.#late(this.#made), move];
      }
    // Who is alone is the workload: nobody can tell the two.
    const isAlone = step.world.instances.length < 2;
    if (isAlone || step.after.candidates === step.before.candidates) return;
    const own = step.after.candidates.find(({ behaviour }) => behaviour.includes(odd));
    if (own) this.fail(`an attacker admits nothing: ${own.behaviour}`);
  }

  /** These are saved: whoever leads next goes on from them. */
  committed(
    steps: readonly Reduced[],
    taken: readonly Signal[],
    loopOf: (service: Service) => Loop,
    clockMs: number,
  ): void {
    for (const step of steps) this.#committed(step);
    for (const signal of taken)
      for (const service of this.#fleet.meantBy(signal)) {
        if (isKnown(loopOf(service), signal, clockMs)) continue;
        const { kind, status } = signal;
        this.fail(`an acknowledged signal is never lost: ${service.key}: ${kind} ${status}`);
      }
  }

  /** A clock was set: who goes by it may think that all of it was long ago. */
  forgetTimes(): void {
    this.#moves = [];
  }

  #committed({ service, before, after, effects, world }: Reduced): void {
    const { key } = service;
    for (const effect of effects) {
      if (effect.do === "tell") this.#moved(key, effect.transition, before.step);
      if (effect.do !== "answer" || effect.outcome !== "accepted") continue;
      const answer = `${key} ${effect.occurrence}`;
      if (this.#accepted.has(answer)) this.fail(`a signal moves a loop once: ${answer}`);
      this.#accepted.set(answer, this.#nowMs());
    }
    this.#siege(before, after, world);
    for (const [answer, atMs] of this.#accepted) {
      if (this.#nowMs() - atMs < 7 * day) break;
      this.#accepted.delete(answer);
    }
  }

  #moved(key: string, transition: Transition, fromStep: number): void {
    const { from, to, step, signal, cause, does } = transition;
    this.transitions++;
    this.phases.add(to);
    this.note(`${key}: ${from} -> ${to} ${step} on ${signal} by ${cause.by}: ${does}`);
    if (cause.source === "operator") return;
    const recent = (this.#hourly.get(key) ?? []).filter((atMs) => this.#nowMs() - atMs < hour);
    this.#hourly.set(key, [...recent, this.#nowMs()]);
    if (recent.length >= mostTransitionsAnHour)
      this.fail(`no flapping: ${recent.length + 1} transitions of ${key} in an hour`);
    const move = this.#moveOf(key, transition, fromStep);
    if (move === undefined) return;
    const others = this.#others(this.#moves, move, usualCaps.windowMs);
    if (isCapped(transition) && others >= this.#mostOf(move.direction))
      this.fail(
        `no more move at once than the caps allow: ${key} became ${move.direction} ` +
          `after ${others} others`,
      );
    this.#moves = [...this.#late(this.#moves), move];
  }

  /** A cap is closed by what has moved in its window, and by nothing else. */
  #capped({ service: { key }, world: { room } }: Reduced): void {
    for (const direction of ["looser", "tighter"] as const) {
      if (room[direction]) continue;
      const move = { atMs: this.#nowMs(), loop: key, direction };
      const others = this.#others(this.#made, move, usualCaps.windowMs + slackMs);
      if (others >= this.#mostOf(direction)) continue;
      this.fail(
        `a cap opens when its window is over: ${key} may not become ${direction}, ` +
          `and only ${others} others have`,
      );
    }
  }

  #moveOf(loop: string, transition: Transition, fromStep: number): Moved | undefined {
    const direction = directionOf(transition, fromStep);
    if (direction === undefined || transition.cause.source === "operator") return undefined;
    return { atMs: this.#nowMs(), loop, direction };
  }

  #late(moves: readonly Moved[]): readonly Moved[] {
    return moves.filter(({ atMs }) => this.#nowMs() - atMs < usualCaps.windowMs + slackMs);
  }

  #mostOf(direction: "looser" | "tighter"): number {
    const share = direction === "looser" ? usualCaps.looserShare : usualCaps.tighterShare;
    return Math.max(usualCaps.least, Math.ceil(this.#fleet.services.length * share));
  }

  #others(moves: readonly Moved[], { loop, direction, atMs }: Moved, windowMs: number): number {
    const others = moves.filter(
      (move) => move.loop !== loop && move.direction === direction && atMs - move.atMs < windowMs,
    );
    return new Set(others.map((move) => move.loop)).size;
  }

  /**
   * Where nobody but an attacker does anything, nobody else is held to less than monitor. What a
   * release does anew several instances show: that may be learned, if its policy heals so.
   */
  #siege(before: Loop, after: Loop, { instances, denials }: Reduced["world"]): void {
    const { rare, outage, operator, contradiction, edit, emergency } = this.#life.daily;
    if (rare + outage + operator + contradiction + edit + emergency > 0) return;
    if (instances.length < 2 || after.transitions.at(-1)?.cause.source === "operator") return;
    const opens = ["Learning", "Emergency", "Review", "Pending"];
    const isOfRelease = denials.some(({ instances: shown }) => shown.length > 1);
    if (after.phase === "Learning" && isOfRelease) return;
    if (!opens.includes(before.phase) && opens.includes(after.phase))
      this.fail(`an attacker opens nobody else: ${before.phase} -> ${after.phase}`);
  }
}

/** Whether every row that may have made it asks for room. */
function isCapped({ from, to, signal, does }: Transition): boolean {
  const rows = table.filter(
    (row) =>
      row.on === signal &&
      row.from.includes(from) &&
      (row.to === to || row.to === "before" || (row.to === "Healing" && to === "Learning")) &&
      does.startsWith(row.does),
  );
  const asks = ["roomLooser", "roomTighter"];
  return rows.length > 0 && rows.every(({ when }) => when.some((name) => asks.includes(name)));
}

/** Also who was told, and had no room, or was told too late. */
function isKnown({ alerts }: Loop, signal: Signal, clockMs: number): boolean {
  if (alerts.length >= mostAlerts) return true;
  const id = occurrenceOf(signal);
  const known = alerts.find((alert) => occurrenceOf(alert.signal) === id);
  if (known !== undefined) return signal.status === "firing" || known.overMs !== undefined;
  return isRequest(signal) && clockMs - signal.startsAtMs >= rememberedMs;
}
