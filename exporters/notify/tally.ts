/** What was done how often, in bounded room: the first few kinds by name, others as a number. */
import { plain } from "./plain.ts";

interface Act {
  /** What was tried: "exec /usr/bin/curl". */
  readonly what: string;
  /** What became of it: "deny". */
  readonly action: string;
  readonly count: number;
}

export interface Tally {
  readonly acts: readonly Act[];
  /** Of further kinds. */
  readonly others: number;
}

export const emptyTally: Tally = { acts: [], others: 0 };

/** Kinds kept by name. */
const mostActs = 20;
const mostChars = 200;

export function counted(tally: Tally, what: string, action: string): Tally {
  const name = plain(what, mostChars);
  const isIt = (act: Act) => act.what === name && act.action === action;
  if (tally.acts.some(isIt))
    return {
      ...tally,
      acts: tally.acts.map((act) => (isIt(act) ? { ...act, count: act.count + 1 } : act)),
    };
  if (tally.acts.length >= mostActs) return { ...tally, others: tally.others + 1 };
  return { ...tally, acts: [...tally.acts, { what: name, action, count: 1 }] };
}

export function totalOf({ acts, others }: Tally): number {
  return acts.reduce((sum, { count }) => sum + count, others);
}

/** The most frequent, and how many acts are none of them. */
export function topsOf(
  tally: Tally,
  most: number,
): { readonly tops: readonly Act[]; readonly more: number } {
  const tops = [...tally.acts].sort((one, other) => other.count - one.count).slice(0, most);
  return { tops, more: totalOf(tally) - tops.reduce((sum, { count }) => sum + count, 0) };
}
