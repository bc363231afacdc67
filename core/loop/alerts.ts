/**
 * What is known of alerts, whatever comes twice, late, out of order or not at all: for each
 * occurrence its last state, and over is over.
 */
import { mostAlerts, rememberedMs, type KnownAlert } from "./loop.ts";
import { occurrenceOf, type Signal } from "./signal.ts";

export function heard(
  alerts: readonly KnownAlert[],
  signal: Signal,
  nowMs: number,
): readonly KnownAlert[] {
  const id = occurrenceOf(signal);
  const known = alerts.find((alert) => occurrenceOf(alert.signal) === id);
  const isOver = signal.status === "resolved";
  if (known === undefined) {
    const alert = { signal, heardMs: nowMs, ...(isOver && { overMs: nowMs }) };
    return bounded([...alerts, alert].toSorted(byOccurrence));
  }
  if (known.overMs !== undefined || !isOver) return alerts;
  const over = {
    ...known,
    signal: { ...known.signal, status: "resolved" as const },
    overMs: nowMs,
  };
  return alerts.map((alert) => (alert === known ? over : alert));
}

/** Nobody tells of these any more. */
export function remembered(alerts: readonly KnownAlert[], nowMs: number): readonly KnownAlert[] {
  const isKept = ({ overMs, signal, answer, heardMs }: KnownAlert) => {
    // A request has no end of its own: it is over when it is answered.
    const since = overMs ?? (isRequest(signal) && answer !== undefined ? heardMs : undefined);
    return since === undefined || nowMs - since < rememberedMs;
  };
  return alerts.every(isKept) ? alerts : alerts.filter(isKept);
}

/** Somebody wants it once; an alert wants it as long as it fires. */
export function isRequest({ source }: Signal): boolean {
  return source === "operator" || source === "timer" || source === "guard";
}

/**
 * Somebody's monitoring says that the workload suffers. Pahlevan's own alerts only repeat what the
 * loop weighs already, denials: noise would count twice.
 */
export function isComplaint(signal: Signal): boolean {
  return signal.kind === "rollback" && !isRequest(signal) && !isOwn(signal);
}

/** By its name: a shipped rule. */
export function isOwn({ by }: Pick<Signal, "by">): boolean {
  return by.startsWith("Pahlevan");
}

export function isFiring({ overMs }: KnownAlert): boolean {
  return overMs === undefined;
}

/** Those that are over go first, the oldest of them first: what fires is forgotten last. */
function bounded(alerts: readonly KnownAlert[]): readonly KnownAlert[] {
  if (alerts.length <= mostAlerts) return alerts;
  const age = ({ overMs }: KnownAlert) => overMs ?? Infinity;
  const [oldest] = alerts.toSorted((a, b) => age(a) - age(b) || a.heardMs - b.heardMs);
  return alerts.filter((alert) => alert !== oldest);
}

function byOccurrence(a: KnownAlert, b: KnownAlert): number {
  const [x, y] = [occurrenceOf(a.signal), occurrenceOf(b.signal)];
  return a.signal.startsAtMs - b.signal.startsAtMs || (x < y ? -1 : x > y ? 1 : 0);
}
