/** What of the loop is configuration: who may pull which lever, weights, windows, bounds. */
import { usualCaps, type Caps } from "./caps.ts";
import { signalKinds, type SignalKind, type Source } from "./signal.ts";

export interface LoopSettings {
  readonly levers: Levers;
  readonly weights: Weights;
  /** A change of that age counts for nothing any more when a burst is weighed. */
  readonly freshMs: number;
  /** Between two moves that make a policy stricter, and after a cause has gone. */
  readonly coolDownMs: number;
  /** How often a policy comes back by itself in a day before a person is asked. */
  readonly mostReturns: number;
  /** How long a widened behaviour is allowed without anybody's confirmation. */
  readonly candidateMs: number;
  readonly caps: Caps;
}

export type Levers = Readonly<Record<Source, readonly SignalKind[]>>;

/** Of what a burst of denials is weighed by: adjudicate.ts. */
export interface Weights {
  readonly breadth: number;
  readonly freshness: number;
  readonly health: number;
  readonly sensitivity: number;
  readonly anomaly: number;
}

const minute = 60_000;

export const usualSettings: LoopSettings = {
  levers: {
    operator: signalKinds,
    // An emergency of theirs takes two of them (conditions.ts).
    alertmanager: [
      "promote",
      "advance",
      "rollback",
      "relearn",
      "quarantine",
      "emergency",
      "resume",
    ],
    grafana: ["advance", "rollback", "relearn", "quarantine", "emergency", "resume"],
    datadog: ["rollback", "quarantine", "emergency"],
    generic: ["rollback", "quarantine"],
    timer: ["promote", "advance", "resume"],
    guard: ["rollback", "quarantine"],
  },
  weights: { breadth: 3, freshness: 2, health: 2, sensitivity: 4, anomaly: 2 },
  freshMs: 15 * minute,
  coolDownMs: minute / 2,
  mostReturns: 3,
  candidateMs: 24 * 60 * minute,
  caps: usualCaps,
};
