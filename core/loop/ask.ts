/** Who asks a loop to move now: alerts that fire, requests, this node's clock and its own eyes. */
import { isFiring, isRequest } from "./alerts.ts";
import type { Cause, KnownAlert, Loop } from "./loop.ts";
import { isOneOf } from "./phase.ts";
import { occurrenceOf, signalKinds, type SignalKind } from "./signal.ts";
import type { World } from "./world.ts";

export interface Ask {
  readonly kind: SignalKind | "look";
  readonly cause: Cause;
  /** Back to the beginning, and not by one step. */
  readonly all: boolean;
  /** Of the alert or the request; absent: nobody waits for an answer. */
  readonly occurrence?: string;
}

/** What cannot wait comes first. */
const urgency: readonly SignalKind[] = [
  "emergency",
  "quarantine",
  "suspend",
  "rollback",
  "relearn",
  "resume",
  "advance",
  "promote",
];

export function asksOf(loop: Loop, world: World): readonly Ask[] {
  const told = loop.alerts
    .filter((alert) => alert.answer === undefined && isFiring(alert))
    .filter((alert) => !isAnsweredAs(alert, loop))
    .map(({ signal }): Ask => {
      const { kind, source, by, says, fingerprint, url, all = false } = signal;
      const cause = { source, by, says, fingerprint, ...(url !== undefined && { url }) };
      return { kind, cause, all, occurrence: occurrenceOf(signal) };
    });
  const own = [...guardAsks(loop, world), ...timerAsks(loop, world)];
  const rank = ({ kind, cause }: Ask) =>
    (cause.source === "operator" ? 0 : signalKinds.length) +
    (kind === "look" ? signalKinds.length : urgency.indexOf(kind));
  return [...told, ...own].toSorted((a, b) => rank(a) - rank(b));
}

/**
 * Two servers give one alert two beginnings: as long as one of them fires, it has been answered.
 */
function isAnsweredAs({ signal: { source, fingerprint } }: KnownAlert, { alerts }: Loop): boolean {
  return alerts.some(
    ({ signal, answer, overMs }) =>
      answer !== undefined &&
      overMs === undefined &&
      signal.source === source &&
      signal.fingerprint === fingerprint,
  );
}

/** What a request asks for is asked once; what cannot be done at once is refused. */
export function isOnce({ occurrence }: Ask, loop: Loop): boolean {
  const alert = loop.alerts.find(({ signal }) => occurrenceOf(signal) === occurrence);
  return alert !== undefined && isRequest(alert.signal);
}

function guardAsks(loop: Loop, { denials, failed, policy, instances }: World): Ask[] {
  if (!policy.healing.enabled || !isOneOf(loop.phase, ["Canary", "Enforcing", "Healing"]))
    return [];
  const times = denials.reduce((sum, { denied }) => sum + denied, 0);
  const failing = failed.enforced - failed.watched;
  const isBurst = times >= policy.healing.rollbackThreshold;
  // It may end at the first denial, and so never show a burst.
  const isCrashing = times > 0 && failing > (instances.length > 1 ? 1 : 0);
  if (!isBurst && !isCrashing) return [];
  const says = isBurst
    ? `${times} denials in one window`
    : `${failing} instances fail, and were denied`;
  return [{ kind: "rollback", cause: { source: "guard", by: "denials", says }, all: false }];
}

function timerAsks({ phase }: Loop, { policy }: World): Ask[] {
  const { autoTransition } = policy.learning;
  const ask = (kind: Ask["kind"], says: string): Ask => ({
    kind,
    cause: { source: "timer", by: "timer", says },
    all: false,
  });
  const look = ask("look", "what is seen");
  switch (phase) {
    case "Learning":
    case "Review":
      return autoTransition ? [ask("promote", "learning is complete"), look] : [look];
    case "Canary":
      return autoTransition ? [ask("advance", "the step was healthy"), look] : [look];
    case "RolledBack":
    case "Emergency":
      return [ask("resume", "its cause is over"), look];
    default:
      return [look];
  }
}
