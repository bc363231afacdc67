/** What this kernel does not show whole, and what it tells of that not all do. */
import { learnedFacets, type LearnedFacet } from "@pahlevan/core/behaviour/behaviour.ts";
import { kinds, type Kind } from "@pahlevan/core/behaviour/event.ts";
import type { Telling } from "@pahlevan/core/profile/instance.ts";
import type { SenseTier } from "../sense/senses.ts";

/** These tell of what no policy allows or denies by itself. */
const beside = new Set<string>(["dns", "flow"] satisfies Kind[]);

export function blindFacets(tiers: readonly SenseTier[]): ReadonlySet<LearnedFacet> {
  const shown = new Set<string>(
    tiers.filter(({ tier }) => tier !== "none").flatMap((tier) => tier.kinds),
  );
  const missing = Object.entries(kinds).filter(([kind]) => !shown.has(kind) && !beside.has(kind));
  return new Set(learnedFacets.filter((facet) => missing.some(([, of]) => of === facet)));
}

/** By the fact of hooks.ts. */
const byFact: Readonly<Record<string, Telling>> = {
  "mapped code": "mapped_code",
  "user namespace": "namespaces",
};

export function tellingsOf(tiers: readonly SenseTier[]): Telling[] {
  return tiers.flatMap(({ fact, tier }) => (tier === "none" ? [] : (byFact[fact] ?? [])));
}
