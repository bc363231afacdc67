/** How much of what happened is kept. */

export interface EventLimits {
  readonly decisionsKept: number;
  /** Of their lines' text. */
  readonly sizeBytes: number;
  /** Undefined: for ever. */
  readonly keptForMs: number | undefined;
  /** Whether first sights and the lives of instances are kept too. */
  readonly firstSights: boolean;
  readonly nowMs: () => number;
}

export const usualEventBytes = 256 << 20;
