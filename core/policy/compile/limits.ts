/** How large the tables of one policy may be; past it there is an error, never a smaller table. */
import { errorAt, type Problem } from "../problem.ts";
import { judgedFacets } from "./act.ts";
import type { Entry, Tables } from "./compiled.ts";

export const tableLimits = {
  /** Of each facet; a policy alone may write three lists of 4 096 paths. */
  entries: 16_384,
  /** Of each facet, among its entries: a pattern is not found by a lookup but tried. */
  patterns: 256,
} as const;

export function tooLarge(tables: Tables): Problem[] {
  return judgedFacets.flatMap((facet) => {
    const entries: readonly Entry[] = tables[facet].entries;
    const size = entries.reduce((sum, entry) => sum + sizeOf(entry), 0);
    const patterns = entries.filter(isPattern).length;
    return [
      ...over(facet, "entries", size, tableLimits.entries),
      ...over(facet, "patterns", patterns, tableLimits.patterns),
    ];
  });
}

function over(facet: string, what: string, is: number, most: number): Problem[] {
  if (is <= most) return [];
  const says =
    `facet ${facet} has ${is} ${what} with what was learned, and its table takes ${most}: ` +
    "allow directories (/a/**) or ranges instead of single ones, or let more be generalised";
  return [errorAt(["spec", "enforcement"], says)];
}

function sizeOf(entry: Entry): number {
  if (!("kind" in entry) || entry.kind !== "egress") return 1;
  return entry.ports.length + entry.remotes.length;
}

function isPattern(entry: Entry): boolean {
  return "where" in entry && entry.where.extent === "pattern";
}
