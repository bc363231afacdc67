/**
 * A signal: somebody asks the loop to move. What an alert says is a state and no command: the same
 * alert told twice, late or out of order is one alert.
 */

export const signalKinds = [
  "promote",
  "advance",
  "rollback",
  "relearn",
  "quarantine",
  "emergency",
  "suspend",
  "resume",
] as const;
export type SignalKind = (typeof signalKinds)[number];

/** `timer` and `guard` are this node itself: its clock, and what it sees of its own instances. */
export const sources = [
  "alertmanager",
  "grafana",
  "datadog",
  "generic",
  "operator",
  "timer",
  "guard",
] as const;
export type Source = (typeof sources)[number];

/**
 * Whom it is for; what is left out is any. They are compared with names, and used for nothing else.
 */
export interface Target {
  readonly cluster?: string;
  readonly namespace?: string;
  readonly policy?: string;
  readonly workload?: string;
}

export interface Signal {
  readonly kind: SignalKind;
  readonly source: Source;
  /** Of the alert, or of the request: the same for each time that it is sent again. */
  readonly fingerprint: string;
  /** With the fingerprint: which occurrence of the alert it is. */
  readonly startsAtMs: number;
  readonly status: "firing" | "resolved";
  readonly target: Target;
  /** The alert's name, or the operator's. */
  readonly by: string;
  /** In the sender's words. */
  readonly says: string;
  /** Where the alert comes from. */
  readonly url?: string;
  /** Back to the first step, and not by one. */
  readonly all?: boolean;
}

/** "Still there", through the same way that signals take; it has no target. */
export interface Heartbeat {
  readonly kind: "heartbeat";
  readonly source: Source;
  readonly status: "firing" | "resolved";
  /** When its sender sent it; who receives it has a clock of its own. */
  readonly startsAtMs: number;
}

/** Which policy holds which workload. */
export interface Place {
  readonly cluster: string;
  readonly namespace: string;
  readonly policy: string;
  readonly workload: string;
}

/** It is to end whatever emergency there is, and nothing else. */
export function endsEmergencies({ kind, all }: { kind: string; all?: boolean }): boolean {
  return kind === "resume" && all === true;
}

/**
 * Only an emergency may be meant for all, and the end of them: any other signal without a target is
 * for nobody.
 */
export function isFor(signal: Pick<Signal, "kind" | "target" | "all">, place: Place): boolean {
  const { cluster, namespace, policy, workload } = signal.target;
  const isNamed = [namespace, policy, workload].some((name) => name !== undefined);
  if (!isNamed && signal.kind !== "emergency" && !endsEmergencies(signal)) return false;
  return (
    (cluster ?? place.cluster) === place.cluster &&
    (namespace ?? place.namespace) === place.namespace &&
    (policy ?? place.policy) === place.policy &&
    (workload ?? place.workload) === place.workload
  );
}

/** One occurrence of one alert. */
export function occurrenceOf({ source, fingerprint, startsAtMs }: Signal): string {
  return `${source} ${fingerprint} ${startsAtMs}`;
}
