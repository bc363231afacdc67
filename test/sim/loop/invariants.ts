/** What the loop must hold, whatever happens: each says what is wrong, or nothing. */
import { isFiring, isRequest } from "@pahlevan/core/loop/alerts.ts";
import { enforcing, holdsOf } from "@pahlevan/core/loop/holding.ts";
import {
  mostAlerts,
  mostCandidates,
  mostFaults,
  mostTransitions,
  type Loop,
  type Transition,
} from "@pahlevan/core/loop/loop.ts";
import { reduce } from "@pahlevan/core/loop/reduce.ts";
import { savedLoop } from "@pahlevan/core/loop/saved.ts";
import { usualSettings } from "@pahlevan/core/loop/settings.ts";
import { occurrenceOf, type Signal } from "@pahlevan/core/loop/signal.ts";
import { table } from "@pahlevan/core/loop/table.ts";
import { isDeepStrictEqual } from "node:util";
import { fateOf, forbidden } from "./acts.ts";
import type { Reduced } from "./leader.ts";

type Invariant = (step: Reduced) => string | undefined;

/** The move that this call of the reducer made. */
function moveOf({ effects }: Reduced): Transition | undefined {
  return effects.flatMap((effect) => (effect.do === "tell" ? [effect.transition] : []))[0];
}

/** Of those that are known, the newest: all of them would take most of the time. */
const mostReplayed = 6;
const isOperators = (move: Transition) => move.cause.source === "operator";
const stricter: readonly Loop["phase"][] = ["Canary", "Enforcing"];

/** Where it is, and where it goes back to by itself. */
const base = ({ phase, before }: Loop): string => `${phase}/${before?.phase ?? ""}`;

export const invariants = {
  /** Nothing is enforced that was neither learned nor written, but by an operator. */
  "never enforces what was not learned": (step) => {
    const move = moveOf(step);
    if (move === undefined || isOperators(move) || !stricter.includes(move.to)) return undefined;
    if (move.from !== "Learning" && move.from !== "Review") return undefined;
    const { enabled, converged, trial } = step.world.learning;
    if (enabled && !converged) return `${move.from} -> ${move.to} before learning had converged`;
    return trial.answer === "yes" || !enabled ? undefined : `${move.to}: trial ${trial.answer}`;
  },
  /** The newest template is enforced only once what it does was learned. */
  "never enforces a template that was not learned": ({ before, after, world }) => {
    const { enabled, converged, trial } = world.learning;
    if (after.template === before.template || !enabled) return undefined;
    if (converged && trial.answer === "yes") return undefined;
    const isOperator = after.transitions.at(-1)?.cause.source === "operator";
    return isOperator ? undefined : `${after.template} is enforced, and not learned`;
  },
  /** What the policy denies by name stays denied, but in Emergency, or where it denies its own. */
  "never loosens an explicit deny": (step) => {
    if (step.after === step.before) return undefined;
    const { after, world } = step;
    const isMeant = after.phase === "Emergency" || standsOn(after, "Emergency");
    const contradicts = world.learning.own.answer === "no" || world.learning.trial.answer === "no";
    if (isMeant || (contradicts && (after.phase === "Review" || standsOn(after, "Review"))))
      return undefined;
    const holds = new Set(holdsOf(after, world).values());
    const open = [...holds].find(
      (hold) => fateOf(forbidden, true, hold, after.loosened) !== "deny",
    );
    return open && `${base(after)}: ${open} lets ${forbidden.behaviour} through`;
  },
  /** An emergency takes an operator, or two sources that fire. */
  "an emergency takes an operator or two sources": (step) => {
    const move = moveOf(step);
    if (move?.to !== "Emergency" || isOperators(move) || move.signal !== "emergency")
      return undefined;
    const firing = step.after.alerts.filter(
      (alert) => isFiring(alert) && alert.signal.kind === "emergency",
    );
    const sources = new Set(firing.map(({ signal }) => signal.source));
    return sources.size > 1 ? undefined : `by ${[...sources].join()}`;
  },
  /** An operator who rolls back has fewer enforce, or is told why not. */
  "a rollback by an operator is effective, or says that it is not": (step) => {
    const { before, after, world, signals, effects } = step;
    for (const signal of signals) {
      if (signal.kind !== "rollback" || signal.source !== "operator") continue;
      const answer = effects.find(
        (effect) => effect.do === "answer" && effect.occurrence === occurrenceOf(signal),
      );
      const known = before.alerts.some(
        (alert) => occurrenceOf(alert.signal) === occurrenceOf(signal),
      );
      if (answer === undefined) {
        // Another request was answered first: this one is asked again at once.
        const isNext = moveOf(step) !== undefined || known;
        if (!isNext) return "nobody answers";
        continue;
      }
      if (answer.do !== "answer" || answer.outcome !== "accepted") continue;
      const [was, is] = [before, after].map((loop) => enforcing(holdsOf(loop, world)));
      if (is !== 0 && (is ?? 0) >= (was ?? 0)) return `${was} enforced before, ${is} after`;
    }
    return undefined;
  },
  /** While the monitoring stack is not heard, nothing is promoted but by an operator. */
  "nothing is promoted without a heartbeat": (step) => {
    const move = moveOf(step);
    if (move === undefined || step.world.heartbeat !== "missing" || isOperators(move))
      return undefined;
    // Whom a person has to look at is not promoted.
    const promotes = ["promote", "advance", "resume"].includes(move.signal) && move.to !== "Review";
    return promotes ? `${move.from} -> ${move.to} on ${move.signal}` : undefined;
  },
  /** Who is suspended or quarantined stays so until a person says otherwise. */
  "a person's hold ends by a person": (step) => {
    const move = moveOf(step);
    if (move === undefined || isOperators(move)) return undefined;
    for (const phase of ["Suspended", "Quarantine"] as const) {
      const had = step.before.phase === phase || standsOn(step.before, phase);
      const has = step.after.phase === phase || standsOn(step.after, phase);
      if (had && !has) return `${base(step.before)} -> ${base(step.after)} on ${move.signal}`;
    }
    return undefined;
  },
  /** Suspending changes nothing of what is in force. */
  "what is suspended stays held as it was": (step) => {
    const move = moveOf(step);
    if (move?.to !== "Suspended" || move.signal !== "suspend") return undefined;
    const [was, is] = [step.before, step.after].map((loop) => holdsOf(loop, step.world));
    return isDeepStrictEqual(was, is) ? undefined : `from ${base(step.before)}`;
  },
  /** What a remedy was for is what many showed, and nothing that nobody may loosen. */
  "only what many showed is admitted": ({ before, after, world }) => {
    const had = new Set(before.candidates.map(({ behaviour }) => behaviour));
    const more = after.candidates.filter(({ behaviour }) => !had.has(behaviour));
    for (const { behaviour } of more) {
      const denial = world.denials.find((each) => each.behaviour === behaviour);
      if (denial === undefined) continue;
      if (denial.explicit || denial.sensitive !== undefined)
        return `${behaviour} is never admitted`;
      if (world.instances.length > 1 && denial.instances.length < 2)
        return `${behaviour} was shown by ${denial.instances.join()} alone`;
    }
    return undefined;
  },
  /** The same, told again, is the same. */
  "duplicates and replays change nothing": ({ before, after, world, signals }) => {
    if (after === before && signals.length === 0) return undefined;
    // What was forgotten at this very moment, the store knows still.
    const isKnown = (signal: Signal) =>
      after.alerts.some((alert) => occurrenceOf(alert.signal) === occurrenceOf(signal));
    const old = before.alerts.slice(-mostReplayed).map(({ signal }) => signal);
    const replayed = [...signals, ...signals, ...old.filter(isKnown)];
    const again = reduce(before, replayed, world, usualSettings).loop;
    if (!isDeepStrictEqual(again, after)) return "told twice, it is another";
    const reversed = reduce(before, signals.toReversed(), world, usualSettings).loop;
    return isDeepStrictEqual(reversed, after) ? undefined : "in another order, it is another";
  },
  /** Nothing is lost over a restart. */
  "every state survives being saved": ({ before, after }) => {
    if (after === before) return undefined;
    // Alerts that were there before have been read before: there may be hundreds of them.
    const known = new Set(before.alerts);
    const news = { ...after, alerts: after.alerts.filter((alert) => !known.has(alert)) };
    const text = JSON.stringify(news);
    const read = savedLoop.safeParse(JSON.parse(text));
    if (!read.success) return read.error.message;
    return JSON.stringify(read.data).length === text.length ? undefined : "something was left out";
  },
  /** Lists that a loop keeps do not grow without end. */
  "every list stays within its bound": ({ after }) => {
    const sizes = [
      ["transitions", after.transitions.length, mostTransitions],
      ["alerts", after.alerts.length, mostAlerts],
      ["candidates", after.candidates.length, mostCandidates],
      ["faults", Object.keys(after.faults).length, mostFaults],
      ["returns", after.returns.length, 16],
      ["loosened", after.loosened.length, 16],
      ["ways back", depthOf(after.before), 4],
    ] as const;
    const over = sizes.find(([, size, most]) => size > most);
    return over && `${over[0]}: ${over[1]} of ${over[2]}`;
  },
  /** What the reducer did stands in the table. */
  "a move is a row of the table": (step) => {
    const move = moveOf(step);
    if (move === undefined) return undefined;
    const { from, to, signal } = move;
    const isRow = table.some(
      (row) =>
        row.on === signal &&
        row.from.includes(from) &&
        (row.to === to || row.to === "before" || (row.to === "Healing" && to === "Learning")),
    );
    return isRow ? undefined : `${from} -> ${to} on ${signal}`;
  },
  /** By itself it comes back so often in a day, and not more often. */
  "it comes back seldom": ({ before, after, world }) => {
    if (before.returns === after.returns) return undefined;
    const day = after.returns.filter((atMs) => world.nowMs - atMs < 24 * 3_600_000).length;
    return day > usualSettings.mostReturns ? `${day} times in a day` : undefined;
  },
  /** What was answered is done with. */
  "an answered signal is not answered again": ({ before, effects }) => {
    const answers = effects.flatMap((effect) => (effect.do === "answer" ? [effect] : []));
    const again = answers.find(({ occurrence }) =>
      before.alerts.some(
        ({ signal, answer }) => answer !== undefined && occurrenceOf(signal) === occurrence,
      ),
    );
    return again && `${again.occurrence}: ${again.outcome}`;
  },
  /** A request is answered when it is heard; a request that waits would come as a surprise. */
  "a request is answered at once": ({ before, after, effects }) => {
    const moved = effects.some((effect) => effect.do === "tell");
    const waits = after.alerts.find(
      (alert) => isRequest(alert.signal) && isFiring(alert) && alert.answer === undefined,
    );
    if (waits === undefined || moved) return undefined;
    return `${waits.signal.kind} in ${before.phase}`;
  },
} satisfies Record<string, Invariant>;

export type InvariantName = keyof typeof invariants;

/** Whether it goes back there, sooner or later. */
function standsOn({ before }: Loop, phase: Loop["phase"]): boolean {
  for (let at = before; at !== undefined; at = at.before) if (at.phase === phase) return true;
  return false;
}

function depthOf(before: Loop["before"]): number {
  let depth = 0;
  for (let at = before; at !== undefined; at = at.before) depth++;
  return depth;
}
