/** What a rule is: one definition, from which the files of every monitoring system are written. */
import type { SignalKind } from "@pahlevan/core/loop/signal.ts";

/** The levers that an alert can pull (label `pahlevan_signal`). */
export type Signal = SignalKind | "heartbeat";

/** Critical pages somebody, warning is for the day, info is for the loop, none for machines. */
export type Severity = "critical" | "warning" | "info" | "none";

/** What the loop is asked to move is named by these labels alone. */
export const target = ["cluster", "namespace", "workload", "policy"] as const;

export interface Recording {
  readonly record: string;
  readonly expr: string;
  readonly why: string;
}

export interface Alert {
  readonly name: `Pahlevan${string}`;
  readonly expr: string;
  /** How long the expression has to hold. */
  readonly forSeconds: number;
  readonly severity: Severity;
  readonly signal?: Signal;
  readonly summary: string;
  /** A template of Prometheus: `{{ $labels.workload }}`, `{{ $value }}`. */
  readonly description: string;
  /** What Pahlevan's own moves do to it: why the loop cannot drive itself in a circle. */
  readonly circle: string;
  readonly datadog: DatadogQuery | NotInDatadog;
}

export interface DatadogQuery {
  /** Up to the comparison: `max(last_5m):max:pahlevan.loop_frozen{*} by {cluster,host}`. */
  readonly query: string;
  readonly comparison: ">" | ">=" | "<";
  readonly threshold: number;
  /** Whether data that stays away is itself the alarm. */
  readonly missingAlarms?: true;
}

export interface NotInDatadog {
  readonly left: string;
}

export interface Group {
  readonly name: string;
  readonly intervalSeconds: number;
  readonly recordings: readonly Recording[];
  readonly alerts: readonly Alert[];
}
