/** A transition is taken: what the loop is afterwards, and what that asks of others. */
import { isFiring, isRequest } from "./alerts.ts";
import { stepBackFrom, type Situation } from "./conditions.ts";
import { stepAfter } from "./canary.ts";
import type { Effect } from "./effect.ts";
import { sizesOf } from "./holding.ts";
import { asideFrom, backIn, lockedToo } from "./before.ts";
import { mostTransitions, type Loop, type Transition } from "./loop.ts";
import type { Phase } from "./phase.ts";
import { remedied } from "./remedied.ts";
import { occurrenceOf } from "./signal.ts";
import type { Row } from "./table.ts";

export interface Arrival {
  readonly loop: Loop;
  readonly effects: readonly Effect[];
}

/** Times at which it came back by itself: more than anybody counts. */
const mostReturns = 16;

export function arrive(row: Row, situation: Situation): Arrival {
  if (row.to !== "Healing") return arriveAt(row.to, row, situation);
  const { loop, effects, does } = remedied(situation, causesOf(situation));
  if (loop === undefined) {
    const again = arriveAt("Learning", { ...row, does }, situation);
    const says =
      "no remedy has helped: it is learned again, and nothing that was learned is enforced";
    const isLast = situation.loop.healing !== undefined;
    return isLast ? { ...again, effects: [...again.effects, { do: "fail", says }] } : again;
  }
  const told = tell(loop, `${row.does}: ${does}`, situation);
  return { loop: told.loop, effects: [...told.effects, ...effects] };
}

function arriveAt(to: Phase | "before", row: Row, situation: Situation): Arrival {
  const { loop, world, ask } = situation;
  const came = loop.before;
  const phase = to !== "before" ? to : (came?.phase ?? "Learning");
  const step = to === "before" ? (came?.step ?? 0) : stepOf(row, situation);
  const isByItself = row.on === "resume" && ask.cause.source !== "operator";
  const { before: _before, healing: _healing, quarantined: _who, question: _asked, ...more } = loop;
  const { awaits: _awaited, ...rest } = more;
  const next: Loop = {
    ...rest,
    phase,
    step,
    stepSinceMs: world.nowMs,
    ...(phase === "Canary" && world.instances.length === 0 && { awaits: true as const }),
    ...(to === "before" ? backIn(loop) : asideAt(to, situation)),
    ...(row.on === "rollback" && { verdict: situation.verdict }),
    ...(phase === "Learning" && { loosened: [] }),
    ...(isAgain(row, loop) && { relearnedMs: world.nowMs }),
    ...((phase === "Canary" || phase === "Enforcing") && isNew(loop) && { template: world.newest }),
    returns: isByItself ? [...loop.returns, world.nowMs].slice(-mostReturns) : loop.returns,
  };
  const told = tell(next, row.does, situation);
  return { loop: told.loop, effects: [...told.effects, ...aloud(phase, row, situation)] };
}

/** Healing ends there by itself when nothing else has helped. */
function isAgain({ on, to }: Row, { phase }: Loop): boolean {
  return on === "relearn" || (to === "Healing" && phase !== "Learning");
}

/** What is enforced is of another template than before, or of the first one. */
function isNew({ phase }: Loop): boolean {
  return phase === "Pending" || phase === "Learning" || phase === "Review";
}

function stepOf({ step, to }: Row, { loop, world }: Situation): number {
  switch (step) {
    case "first":
      return 0;
    case "next":
      return stepAfter(sizesOf(world), loop.step) ?? loop.step;
    case "back":
      return stepBackFrom({ loop, world }) ?? 0;
    default:
      return to === "Enforcing" ? 0 : loop.step;
  }
}

/** Only who is somewhere for a while comes from somewhere. */
function asideAt(phase: Phase, situation: Situation): Pick<Loop, "before" | "quarantined"> {
  const { loop } = situation;
  switch (phase) {
    case "RolledBack":
      // It goes on by way of the canary: what counts is what has to be over by then.
      return { before: { phase, step: 0, causes: causesOf(situation) } };
    case "Quarantine": {
      const quarantined = lockedToo(loop, suspectsOf(situation));
      return { before: asideFrom(loop, phase, causesOf(situation)), quarantined };
    }
    case "Emergency":
    case "Suspended":
      return { before: asideFrom(loop, phase, causesOf(situation)) };
    default:
      return {};
  }
}

/** Where a person asked for it, a person ends it. */
function causesOf({ loop, ask, world }: Situation): readonly string[] {
  if (ask.cause.source === "operator") return [];
  const alerts = loop.alerts
    .filter(
      (alert) => isFiring(alert) && !isRequest(alert.signal) && alert.signal.kind === ask.kind,
    )
    .map(({ signal }) => occurrenceOf(signal));
  const denied = world.denials.length > 0 ? ["denials"] : [];
  // What is healed, and helped by nothing so far, keeps the reasons that it had.
  const had = loop.phase === "Healing" ? (loop.before?.causes ?? []) : [];
  return [...new Set([...had, ...alerts, ...denied])];
}

/** An operator means the workload; whoever else asks means who showed it, where that is known. */
function suspectsOf({ loop, ask, verdict }: Situation): readonly string[] | "all" {
  if (ask.cause.source === "operator") return "all";
  const own = verdict.suspects.length > 0 ? verdict.suspects : (loop.verdict?.suspects ?? []);
  return own.length > 0 ? own : "all";
}

function tell(arrived: Loop, does: string, { loop, world, ask }: Situation): Arrival {
  const { phase: to, step } = arrived;
  const { kind: signal, cause } = ask;
  const transition: Transition = {
    from: loop.phase,
    to,
    step,
    atMs: world.nowMs,
    signal,
    cause,
    does,
  };
  const transitions = [...loop.transitions, transition].slice(-mostTransitions);
  const next = { ...arrived, why: does, sinceMs: world.nowMs, transitions };
  return { loop: next, effects: [{ do: "tell", transition }] };
}

/** What nobody should find out by chance. */
function aloud(phase: Phase, row: Row, { verdict }: Situation): readonly Effect[] {
  switch (phase) {
    case "Quarantine": {
      const says = row.on === "rollback" ? `${row.does} (${verdict.says})` : row.does;
      return [{ do: "page", says }];
    }
    case "Emergency":
      return [{ do: "page", says: row.does }];
    case "Review":
      return [{ do: "ask", says: row.does }];
    case "RolledBack":
      return row.on === "look" && row.to === phase ? [{ do: "fail", says: row.does }] : [];
    default:
      return [];
  }
}
