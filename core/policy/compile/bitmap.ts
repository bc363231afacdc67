/** Tables of names as bitmaps: one for each rank, by the numbers that one architecture gives. */
import { ranks, type NameEntry, type Rank } from "./compiled.ts";

type ByRank = Readonly<Record<Rank, boolean[]>>;

export interface Bitmaps {
  readonly always: ByRank;
  /** Beside those, until the instance is steady. */
  readonly atStart: ByRank;
  /** Names without a number here: nobody can make that call, so nothing is lost. */
  readonly unknown: readonly string[];
}

/** `isCompat`: which table of system calls; capabilities have but one. */
export function bitmaps(
  entries: readonly NameEntry[],
  numberOf: (name: string) => number | undefined,
  size: number,
  isCompat = false,
): Bitmaps {
  const empty = () => Array.from({ length: size }, () => false);
  const byRank = () => ({ deny: empty(), exception: empty(), allow: empty(), learned: empty() });
  const [always, atStart] = [byRank(), byRank()];
  const unknown = new Set<string>();
  for (const { rule, name, compat } of entries) {
    if (compat !== undefined && compat !== isCompat) continue;
    const number = numberOf(name);
    if (number === undefined || number >= size) unknown.add(name);
    else (rule.startOnly ? atStart : always)[rule.rank][number] = true;
  }
  return { always, atStart, unknown: [...unknown].toSorted() };
}

/** The strongest rank that holds a number. */
export function rankIn(maps: Bitmaps, number: number, isStart: boolean): Rank | undefined {
  return ranks.find((rank) => maps.always[rank][number] || (isStart && maps.atStart[rank][number]));
}
