/** The conditions of the table of transitions, by name: why one does not hold, in words. */
import { isComplaint, isFiring, isOwn } from "./alerts.ts";
import { isFault, type Verdict } from "./adjudicate.ts";
import type { Ask } from "./ask.ts";
import { stepAfter, stepBefore } from "./canary.ts";
import { isStillHurting, nextRemedy, type Remedy } from "./heal.ts";
import { enforcing, holdsOf, leavesSomeOut, sizesOf } from "./holding.ts";
import type { Loop } from "./loop.ts";
import type { LoopSettings } from "./settings.ts";
import { symptomsOf } from "./symptoms.ts";
import { endsEmergencies, occurrenceOf } from "./signal.ts";
import type { Learning, World } from "./world.ts";

export interface Situation {
  readonly loop: Loop;
  readonly world: World;
  readonly settings: LoopSettings;
  readonly ask: Ask;
  /** Of the denials that are there, and of who complains. */
  readonly verdict: Verdict;
}

/** Undefined: it holds. */
type Condition = (situation: Situation) => string | undefined;

const dayMs = 24 * 3_600_000;
const isOperator = ({ ask }: Situation) => ask.cause.source === "operator";
const not = (holds: boolean, why: string) => (holds ? undefined : why);

export const conditions = {
  seen: ({ world }) => not(world.seen, "no instance was seen yet"),
  learns: ({ world }) => not(world.learning.enabled, "nothing is learned: the policy says it all"),
  doesNotLearn: ({ world }) => not(!world.learning.enabled, "it learns"),
  learned: (at) => (isOperator(at) ? undefined : notLearned(at)),
  notLearned: ({ world }) =>
    not(world.learning.enabled && !world.learning.converged, "learning is complete"),
  byHand: ({ world }) =>
    not(!world.policy.learning.autoTransition, "learning.autoTransition is on"),
  wouldStart: ({ world: { learning } }) => not(starts(learning), learning.trial.says),
  wouldNotStart: ({ world: { learning } }) => not(!starts(learning), "it would start"),
  deniesItsOwnWork: ({ world }) =>
    not(world.learning.own.answer === "no", "it lets the workload do its own work"),
  forgotten: ({ world: { learning } }) =>
    not(learning.enabled && learning.own.answer === "unknown", "what it does is known"),
  enforces: ({ world: { policy } }) =>
    not(
      policy.mode === "enforce" ||
        Object.values(policy.facets).some(({ mode }) => mode === "enforce"),
      "the policy enforces nothing",
    ),
  hasControl: ({ world }) => not(leavesSomeOut(world), "the first step holds every instance"),
  named: (at) => (isOperator(at) ? undefined : waitsForNames(at.world)),
  byOperator: (at) => not(isOperator(at), "only an operator may"),
  byItsName: ({ loop, ask }) =>
    not(!endsEmergencies(ask), `${loop.phase} ends by its policy's name, not with all emergencies`),
  stepOnly: ({ ask }) => not(!ask.all, "all of it is asked for, not one step"),
  heartbeat: (at) =>
    not(
      at.world.heartbeat !== "missing" || isOperator(at),
      "the monitoring stack is not heard (no heartbeat): promotions are frozen",
    ),
  roomLooser: (at) =>
    not(at.world.room.looser || isOperator(at), "too many policies were loosened just now"),
  roomTighter: (at) =>
    not(at.world.room.tighter || isOperator(at), "too many policies were made stricter just now"),
  rested: (at) =>
    not(
      isOperator(at) || at.world.nowMs - at.loop.sinceMs >= at.settings.coolDownMs,
      "it has just moved",
    ),
  stepOver: (at) =>
    not(
      isOperator(at) ||
        at.world.nowMs - at.loop.stepSinceMs >= at.world.policy.canary.stepDurationMs,
      "the step is not over",
    ),
  healthy: (at) => (isOperator(at) ? undefined : unhealthy(at)),
  moreSteps: ({ loop, world }) =>
    not(stepAfter(sizesOf(world), loop.step) !== undefined, "it is the last step"),
  lastStep: ({ loop, world }) =>
    not(stepAfter(sizesOf(world), loop.step) === undefined, "there are more steps"),
  hasStep: (at) => not(stepBackFrom(at) !== undefined, "there is no step to take back"),
  noStep: (at) => not(stepBackFrom(at) === undefined, "there is a step to take back"),
  heals: ({ world }) => not(world.policy.healing.enabled, "spec.selfHealing is off"),
  doesNotHeal: ({ world }) => not(!world.policy.healing.enabled, "spec.selfHealing is on"),
  policyWrong: ({ verdict }) => not(verdict.reading === "policy", verdict.says),
  attack: ({ verdict }) => not(verdict.reading === "attack", verdict.says),
  suffersSinceChange: (at) => not(suffersSinceChange(at), at.verdict.says),
  mayQuarantine: ({ settings, ask: { cause } }) =>
    not(settings.levers[cause.source].includes("quarantine"), `${cause.source} may not quarantine`),
  fewSuspects: ({ world, verdict: { suspects } }) =>
    not(
      suspects.length <= Math.max(1, world.instances.length / 2),
      `${suspects.length} instances show it: an operator has to quarantine that many`,
    ),
  /** Of the shipped rule, which only says what the verdict said: not more than that may. */
  ownNamesFew: ({ loop, world, ask: { cause } }) => {
    const suspects = loop.verdict?.suspects.length ?? 0;
    const isCovered = suspects > 0 && suspects <= Math.max(1, world.instances.length / 2);
    return not(!isOwn(cause) || isCovered, "so many are suspected that an operator has to say it");
  },
  admits: ({ loop }) => not(loop.healing?.remedy === "admit", "another remedy is on trial"),
  moreFaults: ({ loop, verdict }) =>
    not(
      verdict.faults.some((fault) => loop.healing?.faults.includes(fault) === false),
      "nothing else is at fault",
    ),
  changedLately: (at) =>
    not(
      isOperator(at) || (freshnessOf(at) > 0 && !isOwnChange(at)),
      "nothing of the workload changed: what is asked for would only open it",
    ),
  wasAtFault: (at) =>
    not(
      isOperator(at) || at.loop.candidates.length > 0 || at.verdict.faults.length > 0,
      "nothing of it was at fault: there is nothing to learn again",
    ),
  cleared: ({ loop, world }) => {
    const { healing } = loop;
    if (healing === undefined) return undefined;
    const calm = world.nowMs - healing.sinceMs >= world.policy.healing.rollbackWindowMs;
    return not(calm && !hurts(loop, world), "the symptom is still there");
  },
  windowOver: ({ loop, world }) =>
    not(
      world.nowMs - (loop.healing?.sinceMs ?? 0) >= world.policy.healing.recoveryTimeoutMs,
      "the remedy has time left",
    ),
  hasRemedy: (at) => not(remedyOf(at) !== undefined, "no remedy is left"),
  noRemedy: (at) => not(remedyOf(at) === undefined, "another remedy is left"),
  causesOver: (at) => (isOperator(at) ? undefined : causesLeft(at)),
  seldom: (at) => {
    const recent = at.loop.returns.filter((atMs) => at.world.nowMs - atMs < dayMs).length;
    return not(
      isOperator(at) || recent < at.settings.mostReturns,
      `it came back ${recent} times in a day: an operator has to say that it may again`,
    );
  },
  twoSources: (at) => {
    const sources = new Set(
      at.loop.alerts
        .filter((alert) => alert.signal.kind === "emergency" && isFiring(alert))
        .map(({ signal }) => signal.source),
    );
    return not(isOperator(at) || sources.size > 1, "an emergency takes an operator or two sources");
  },
} satisfies Record<string, Condition>;

export type ConditionName = keyof typeof conditions;

function notLearned({ loop, world: { learning, policy, nowMs } }: Situation): string | undefined {
  if (!learning.enabled) return undefined;
  const sinceMs = nowMs - (loop.relearnedMs ?? -Infinity);
  if (sinceMs < policy.learning.durationMs) return "it is learned again since just now";
  return not(learning.converged, learning.waitsFor);
}

/** A step is one of how many there are; whoever counts them gives up on names in the end. */
function waitsForNames({ unnamed }: World): string | undefined {
  const some = unnamed === 1 ? "1 instance" : `${unnamed} instances`;
  return not(unnamed === 0, `${some} to be named`);
}

/** Where nothing is learned, nobody records a start either. */
function starts({ enabled, trial: { answer } }: Learning): boolean {
  return answer === "yes" || (answer === "unknown" && !enabled);
}

export function remedyOf({ loop, world, verdict, ask }: Situation): Remedy | undefined {
  const { healing, before } = loop;
  if (ask.all && healing === undefined) return "monitor";
  // What was let through shows what it needs next: a program that runs now reads its libraries.
  if (ask.kind === "rollback" && healing?.remedy === "admit") return "admit";
  const at = before ?? loop;
  const faults = healing?.faults ?? verdict.faults;
  const symptoms = symptomsOf(at, world, faults);
  return nextRemedy(world.policy.healing.strategy, symptoms, healing?.tried ?? []);
}

/** Of Enforcing, all but the last step that leaves somebody out. */
export function stepBackFrom({ loop, world }: Pick<Situation, "loop" | "world">) {
  const at = loop.phase === "Healing" && loop.before !== undefined ? loop.before : loop;
  const sizes = sizesOf(world);
  return stepBefore(sizes, at.phase === "Canary" ? at.step : sizes.length - 1);
}

/** What the loop itself did is no change of the workload. */
function isOwnChange({ loop, world }: Situation): boolean {
  return loop.transitions.some(({ atMs }) => atMs === world.changed?.atMs);
}

function freshnessOf({ verdict }: Situation): number {
  return verdict.factors.find(({ name }) => name === "freshness")?.value ?? 0;
}

/**
 * Nothing was refused that could be loosened, and yet: what the loop did last may be the reason.
 */
function suffersSinceChange(at: Situation): boolean {
  const { loop, world, settings, ask } = at;
  if (ask.cause.source === "guard" || ask.cause.source === "timer") return false;
  if (world.denials.some((denial) => !isFault(denial) || denial.denied > 0)) return false;
  const [last] = loop.transitions.slice(-1);
  const movedMs = last?.to === loop.phase ? last.atMs : undefined;
  return movedMs !== undefined && world.nowMs - movedMs < settings.freshMs;
}

/** Canary against control: by who fails, and by what was refused to the one alone. */
function unhealthy({ loop, world }: Situation): string | undefined {
  if (world.instances.length === 0) return "no instance lives that would show it";
  const held = enforcing(holdsOf(loop, world));
  const control = world.instances.length - held;
  const { enforced, watched } = world.failed;
  const share = (failed: number, of: number) => (of === 0 ? 0 : failed / of);
  if (share(enforced, held) > share(watched, control)) {
    return `${enforced} of ${held} enforced instances failed, ${watched} of ${control} others`;
  }
  const [denied] = world.denials.filter((denial) => denial.denied > 0);
  return denied && `${denied.behaviour} was refused`;
}

function hurts(loop: Loop, world: World): boolean {
  const { healing } = loop;
  if (healing === undefined) return false;
  return (
    loop.alerts.some((alert) => isFiring(alert) && isComplaint(alert.signal)) ||
    isStillHurting(world, healing.faults, healing.sinceMs)
  );
}

function causesLeft({ loop, world, settings }: Situation): string | undefined {
  const causes = loop.before?.causes ?? [];
  if (causes.length === 0) return "a person took it back: a person has to bring it on again";
  for (const { signal, overMs } of loop.alerts) {
    if (!causes.includes(occurrenceOf(signal))) continue;
    if (overMs === undefined) return `${signal.by} still fires`;
    if (world.nowMs - overMs < settings.coolDownMs) return `${signal.by} is over since just now`;
  }
  if (world.nowMs - loop.sinceMs < world.policy.healing.recoveryTimeoutMs) return "it cools down";
  const fault = world.denials.find((denial) => denial.watched > 0 && isFault(denial));
  return fault && `${fault.behaviour} would be refused again`;
}
