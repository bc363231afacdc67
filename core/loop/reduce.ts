/** The loop: what it is, what was heard and what is true make what it is next, and what to do. */
import { adjudicate, type Verdict } from "./adjudicate.ts";
import { heard, isComplaint, isFiring, remembered } from "./alerts.ts";
import { arrive } from "./arrive.ts";
import { asksOf, isOnce, type Ask } from "./ask.ts";
import { conditions, type Situation } from "./conditions.ts";
import type { Effect } from "./effect.ts";
import { enforcing, holdsOf } from "./holding.ts";
import { isInOrUnder } from "./before.ts";
import { bySoberClock } from "./clock.ts";
import { isSoAlready, joined } from "./joined.ts";
import type { Loop } from "./loop.ts";
import { inForce, isOneOf } from "./phase.ts";
import { endsEmergencies, occurrenceOf, type Signal } from "./signal.ts";
import type { LoopSettings } from "./settings.ts";
import { table, type Row } from "./table.ts";
import type { World } from "./world.ts";

export interface Outcome {
  readonly loop: Loop;
  readonly effects: readonly Effect[];
  /** Whether it moved: what is true is to be looked at again. */
  readonly moved: boolean;
}

/** At most one transition: the next one is judged by what is true after it. */
export function reduce(
  loop: Loop,
  signals: readonly Signal[],
  world: World,
  settings: LoopSettings,
): Outcome {
  const { nowMs } = world;
  const alerts = signals.reduce(
    (known, signal) => heard(known, signal, nowMs),
    remembered(loop.alerts, nowMs),
  );
  const sober = bySoberClock(begun(loop, world), nowMs, settings.candidateMs);
  const { contradicts: _before, ...rest } = sober;
  const known = {
    ...rest,
    ...(isContradicted(world) && { contradicts: true as const }),
    alerts,
    candidates: lasting(rest.candidates, nowMs),
    loosened: lasting(rest.loosened, nowMs),
    template: templateOf(loop, world),
  };
  const outcome = moved(known, world, settings);
  return isSame(loop, outcome.loop) ? { ...outcome, loop } : outcome;
}

/** Whom the step waited for is there. */
function begun(loop: Loop, { instances, nowMs }: World): Loop {
  if (loop.awaits === undefined || instances.length === 0) return loop;
  const { awaits: _awaited, ...rest } = loop;
  return { ...rest, stepSinceMs: nowMs };
}

function lasting<T extends { readonly expiresMs: number }>(all: readonly T[], nowMs: number) {
  return all.every(({ expiresMs }) => expiresMs > nowMs)
    ? all
    : all.filter(({ expiresMs }) => expiresMs > nowMs);
}

/** Nothing has changed: nobody has to write it down, or look at it again. */
function isSame(a: Loop, b: Loop): boolean {
  const fields = new Map<string, unknown>(Object.entries(a));
  const others = Object.entries(b);
  return (
    fields.size === others.length && others.every(([name, value]) => fields.get(name) === value)
  );
}

/** What a newer one shows is enforced on it, too, once that is learned. */
function templateOf({ phase, template }: Loop, { newest, learning }: World): string {
  const isLearned = !learning.enabled || (learning.converged && learning.trial.answer === "yes");
  return isOneOf(phase, inForce) && isLearned ? newest : template;
}

function isContradicted({ learning }: World): boolean {
  return learning.own.answer === "no" || learning.trial.answer === "no";
}

function moved(loop: Loop, world: World, settings: LoopSettings): Outcome {
  const asks = asksOf(loop, world);
  const verdict = verdictOn(loop, world, settings);
  let next = loop;
  const effects: Effect[] = [];
  for (const ask of asks) {
    const situation = { loop: next, world, settings, ask, verdict };
    const found = rowFor(situation);
    if ("row" in found) {
      const { loop: arrived, effects: done } = arrive(found.row, situation);
      const answered = answer(arrived, ask, "accepted", found.row.does);
      return { ...answered, effects: [...effects, ...answered.effects, ...done], moved: true };
    }
    const { outcome, says } = found;
    if (isSoAlready(ask, next)) {
      const answered = answer(joined(next, ask), ask, "accepted", "it is so already");
      next = answered.loop;
      effects.push(...answered.effects);
      continue;
    }
    // An alert that cannot move it now may do so while it fires; a request is made once.
    const isEnd = outcome === "refused" || isOnce(ask, next);
    const answered = isEnd
      ? answer(next, ask, outcome === "ignored" ? "ignored" : "refused", says)
      : held(next, ask, verdict, says);
    next = answered.loop;
    effects.push(...answered.effects);
  }
  return { loop: next, effects, moved: false };
}

type Found =
  | { readonly row: Row }
  | { readonly outcome: "ignored" | "refused" | "held"; readonly says: string };

function rowFor(situation: Situation): Found {
  const { loop, ask, settings } = situation;
  const { source } = ask.cause;
  if (ask.kind !== "look" && !settings.levers[source].includes(ask.kind)) {
    return { outcome: "refused", says: `${source} may not ${ask.kind}` };
  }
  const isMeant = !endsEmergencies(ask) || isInOrUnder(loop, "Emergency");
  const rows = isMeant
    ? table.filter(({ from, on }) => on === ask.kind && from.includes(loop.phase))
    : [];
  const row = rows.find(({ when }) =>
    when.every((name) => conditions[name](situation) === undefined),
  );
  if (row !== undefined) return { row };
  if (rows.length === 0)
    return { outcome: "ignored", says: `nothing follows from ${ask.kind} in ${loop.phase}` };
  return { outcome: "held", says: reasonOf(rows, situation) };
}

/** Of the row that is not an operator's alone, if there is one. */
function reasonOf(rows: readonly Row[], situation: Situation): string {
  const failing = rows.flatMap(({ when }) => {
    const name = when.find((each) => conditions[each](situation) !== undefined);
    return name === undefined ? [] : [{ name, says: conditions[name](situation) ?? "" }];
  });
  const [first] = failing.toSorted(
    (a, b) => Number(a.name === "byOperator") - Number(b.name === "byOperator"),
  );
  return first?.says ?? "";
}

function answer(
  loop: Loop,
  ask: Ask,
  outcome: "accepted" | "ignored" | "refused",
  says: string,
): Pick<Outcome, "loop" | "effects"> {
  const { occurrence, kind } = ask;
  if (occurrence === undefined || kind === "look") return { loop, effects: [] };
  const alerts = loop.alerts.map((alert) =>
    occurrenceOf(alert.signal) === occurrence ? { ...alert, answer: `${outcome}: ${says}` } : alert,
  );
  return {
    loop: { ...loop, alerts },
    effects: [{ do: "answer", occurrence, kind, outcome, says }],
  };
}

/** While one is healed, whatever complains is what is healed. Said once for each reading. */
function held(
  loop: Loop,
  ask: Ask,
  verdict: Verdict,
  says: string,
): Pick<Outcome, "loop" | "effects"> {
  if (ask.kind !== "rollback" || !isOneOf(loop.phase, inForce)) return { loop, effects: [] };
  const isNews = loop.question === undefined || loop.verdict?.reading !== verdict.reading;
  if (!isNews) return { loop, effects: [] };
  const question = `${ask.cause.by} asks for a rollback, which is held: ${says}`;
  const loudly = verdict.reading === "attack" ? "page" : "ask";
  return { loop: { ...loop, verdict, question }, effects: [{ do: loudly, says: question }] };
}

function verdictOn(loop: Loop, world: World, { weights, freshMs }: LoopSettings): Verdict {
  return adjudicate(
    {
      denials: world.denials,
      instances: world.instances.length,
      failed: world.failed,
      enforcing: enforcing(holdsOf(loop, world)),
      changed: world.changed,
      complaints: loop.alerts.filter((alert) => isFiring(alert) && isComplaint(alert.signal))
        .length,
      nowMs: world.nowMs,
    },
    weights,
    freshMs,
  );
}
