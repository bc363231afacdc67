/** How fast the rules are: the shipped ones, and quicker ones for a demonstration or a test. */

/** All in seconds. */
export interface Pace {
  /** How often rules are evaluated. */
  readonly evaluation: number;
  /** How long what moves the loop forward has to hold. */
  readonly hold: number;
  /** How long harm has to last. */
  readonly confirm: number;
  /** How far back is looked for harm: short, so that a cured symptom is soon gone from it. */
  readonly reaction: number;
  /**
   * How long a canary has to be healthy, and how far back it is compared; `canary.stepDuration`.
   */
  readonly step: number;
  /** `selfHealing.rollbackWindow`. */
  readonly burst: number;
  /** What was usual is taken from the time before, where no control instances are left. */
  readonly past: number;
  /** Healing as often as this within that time is learned anew. */
  readonly healing: number;
}

/** The windows are the defaults of a policy (core/policy/defaults.ts). */
export const usualPace: Pace = {
  evaluation: 15,
  hold: 60,
  confirm: 30,
  reaction: 120,
  step: 300,
  burst: 60,
  past: 3_600,
  healing: 21_600,
};

/** For a demonstration: everything within seconds. No window is another one's. */
export const quickPace: Pace = {
  evaluation: 1,
  hold: 1,
  confirm: 2,
  reaction: 8,
  step: 5,
  burst: 6,
  past: 60,
  healing: 300,
};

/** As Prometheus writes it: 300 is "5m". */
export function span(seconds: number): string {
  const units = [
    ["d", 86_400],
    ["h", 3_600],
    ["m", 60],
  ] as const;
  for (const [unit, size] of units)
    if (seconds >= size && seconds % size === 0) return `${seconds / size}${unit}`;
  return `${seconds}s`;
}
