/** Where a policy is with a workload: the words of `status.phase`. */

export const phases = [
  "Pending",
  "Learning",
  "Review",
  "Canary",
  "Enforcing",
  "Healing",
  "RolledBack",
  "Quarantine",
  "Emergency",
  "Suspended",
] as const;
export type Phase = (typeof phases)[number];

/** Those in which the policy is in force on somebody. */
export const inForce = ["Canary", "Enforcing"] as const satisfies readonly Phase[];

export function isOneOf<P extends Phase>(phase: Phase, some: readonly P[]): phase is P {
  return some.some((one) => one === phase);
}
