/** What one message came to: its signals, and what was left aside and why. */
import type { Heartbeat } from "@pahlevan/core/loop/signal.ts";
import { line } from "./bounded.ts";
import type { Told } from "./inbox.ts";

/** What one alert came to. */
export type Outcome =
  | { readonly signal: Told }
  | { readonly heartbeat: Heartbeat }
  /** It is no lever, and need not be one. */
  | { readonly ignored: string }
  /** It would be one, and cannot. */
  | { readonly refused: string };

export interface Refusal {
  readonly alert: string;
  readonly why: string;
}

export interface Reading {
  readonly signals: readonly Told[];
  readonly heartbeats: readonly Heartbeat[];
  readonly ignored: number;
  readonly refused: readonly Refusal[];
  /** Alerts that the sender left out of the message, because it was told to send fewer. */
  readonly truncated: number;
}

/** Of a message that has no place for signals at all. */
export interface Unreadable {
  readonly unreadable: string;
}

export function collect(
  outcomes: Iterable<{ readonly alert: string; readonly outcome: Outcome }>,
  truncated = 0,
): Reading {
  const signals: Told[] = [];
  const heartbeats: Heartbeat[] = [];
  const refused: Refusal[] = [];
  let ignored = 0;
  for (const { alert, outcome } of outcomes) {
    if ("signal" in outcome) signals.push(outcome.signal);
    else if ("heartbeat" in outcome) heartbeats.push(outcome.heartbeat);
    else if ("ignored" in outcome) ignored += 1;
    else refused.push({ alert: line(alert, 100), why: outcome.refused });
  }
  return { signals, heartbeats, ignored, refused, truncated };
}
