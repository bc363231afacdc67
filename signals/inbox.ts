/** Where signals go before their sender hears that they were taken: something that forgets none. */
import type { Heartbeat, Signal } from "@pahlevan/core/loop/signal.ts";

/** A signal, with what only its resolution says. */
export interface Told extends Signal {
  /**
   * Of a resolved alert, by its sender's clock: whatever began before is over, also an occurrence
   * whose own end was never told. (Two Prometheus servers give one alert two beginnings, and
   * Alertmanager resolves the earlier one only.)
   */
  readonly endsAtMs?: number;
}

export interface Message {
  readonly signals: readonly Told[];
  readonly heartbeats: readonly Heartbeat[];
}

export type Accepted =
  /** How many say something new; the others were known, and changed nothing. */
  | { readonly changed: number; readonly known: number }
  /** There is no room, and nothing of the message was written. */
  | { readonly full: true };

export interface Inbox {
  /**
   * Of an occurrence that is said to fire and is known to be over: the last end that its alert was
   * told to have. Undefined: there is nothing to doubt.
   */
  endOf(signal: Told): number | undefined;
  /** Resolves when no power cut can lose what was accepted; rejects when it cannot be written. */
  accept(message: Message, nowMs: number): Promise<Accepted>;
}
