/** How far learning is, in words: facets that wait for the same are told together. */
import { learnedFacets, type LearnedFacet } from "../behaviour/behaviour.ts";
import type { Convergence, FacetConvergence } from "./convergence.ts";

export interface Progress {
  readonly facets: readonly LearnedFacet[];
  readonly isComplete: boolean;
  /** What they wait for. */
  readonly words: string;
}

const complete = "complete";

/** What is complete comes first, then what is furthest. */
export function progressOf({ facets }: Convergence): Progress[] {
  const byWords = Map.groupBy(learnedFacets, (facet) => waitingFor(facets[facet]));
  return [...byWords]
    .map(([words, of]) => ({ facets: of, isComplete: words === complete, words }))
    .sort((a, b) => Number(b.isComplete) - Number(a.isComplete) || progress(b) - progress(a));

  function progress({ facets: [first] }: Progress): number {
    return first === undefined ? 0 : facets[first].progress;
  }
}

/** The gate that is furthest from open; one that no waiting opens comes first. */
export function waitingFor({ gates }: FacetConvergence): string {
  const closed = gates.filter(({ holds }) => !holds).sort((a, b) => a.progress - b.progress);
  const barred = closed.find(({ gate }) => gate === "sensed" || gate === "room");
  return (barred ?? closed[0])?.words ?? complete;
}

/** "exec, file", or that it is all of them. */
export function facetsText({ facets }: Progress): string {
  return facets.length === learnedFacets.length ? "every facet" : facets.join(", ");
}
