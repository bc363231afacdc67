/**
 * A short list of names with a time each, bounded so that merging stays a join: the earliest few,
 * or the latest few.
 */

export interface Stamp {
  readonly name: string;
  readonly atMs: number;
}

/**
 * The `most` earliest names, each with its earliest time. Commutative, associative and idempotent:
 * a name that has its place among the earliest of all has it among the earliest of any part.
 */
export function earliest(a: readonly Stamp[], b: readonly Stamp[], most: number): readonly Stamp[] {
  return few(a, b, most, (x, y) => x.atMs - y.atMs || order(x.name, y.name));
}

/** The `most` latest names, each with its latest time. */
export function latest(a: readonly Stamp[], b: readonly Stamp[], most: number): readonly Stamp[] {
  return few(a, b, most, (x, y) => y.atMs - x.atMs || order(x.name, y.name));
}

function few(
  a: readonly Stamp[],
  b: readonly Stamp[],
  most: number,
  before: (x: Stamp, y: Stamp) => number,
): readonly Stamp[] {
  if (b.length === 0) return a;
  const kept: Stamp[] = [];
  for (const stamp of [...a, ...b].sort(before)) {
    if (kept.length === most) break;
    if (!kept.some(({ name }) => name === stamp.name)) kept.push(stamp);
  }
  return kept;
}

/** How many different names there are in both. */
export function countOf(a: readonly Stamp[], b: readonly Stamp[]): number {
  return a.length + b.filter(({ name }) => !a.some((other) => other.name === name)).length;
}

/** By code units: the same on every machine, whatever its language. */
export function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
