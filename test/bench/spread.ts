/** The median of some measurements and how far half of them lie apart. */
export interface Spread {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

/** `low` and `high` are the quartiles: what a busy machine did to a few does not show in them. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
  return { median: at(0.5) ?? NaN, low: at(0.25) ?? NaN, high: at(0.75) ?? NaN };
}
