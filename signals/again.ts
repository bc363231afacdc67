/**
 * Alertmanager takes an alert for over when Prometheus does not say in time that it still fires.
 * When Prometheus is back, the alert fires again since the same instant as before: what
 * Alertmanager sends then is, word for word, what it sent before the end. Only itself can say which
 * of the two it is, so it is asked. (Prometheus that was started anew gives its alerts new
 * beginnings.)
 */
import { occurrenceOf } from "@pahlevan/core/loop/signal.ts";
import type { Inbox, Told } from "./inbox.ts";

export interface Doubt {
  readonly signal: Told;
  /** As it was known before anybody was asked: an end that is told meanwhile counts. */
  readonly endedMs: number;
}

export function doubtsOf(signals: readonly Told[], inbox: Pick<Inbox, "endOf">): readonly Doubt[] {
  return signals.flatMap((signal) => {
    const endedMs = inbox.endOf(signal);
    return endedMs === undefined ? [] : [{ signal, endedMs }];
  });
}

/** Those that fire, as occurrences of their own: the same ones however often they are told. */
export function firingAgain(doubts: readonly Doubt[], firing: readonly Told[]): readonly Told[] {
  const now = new Set(firing.map(occurrenceOf));
  return doubts
    .filter(({ signal }) => now.has(occurrenceOf(signal)))
    .map(({ signal, endedMs }) => ({ ...signal, startsAtMs: beginsAgainMs(endedMs) }));
}

/** After its end: whatever ends it comes later, and whatever ended the one before does not. */
export function beginsAgainMs(endedMs: number): number {
  return endedMs + 1;
}
