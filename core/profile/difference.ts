/** What one profile holds that another does not, by the texts of behaviours. */
import { learnedFacets } from "../behaviour/behaviour.ts";
import type { Profile } from "./profile.ts";

export interface Difference {
  /** By facets, in their order, each sorted. */
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** Of what waits for a person, whatever they have decided. */
  readonly heldAdded: readonly string[];
  readonly heldRemoved: readonly string[];
}

export function differenceOf(before: Profile, after: Profile): Difference {
  return {
    added: missing(after, before),
    removed: missing(before, after),
    heldAdded: notIn(after.held.entries, before.held.entries),
    heldRemoved: notIn(before.held.entries, after.held.entries),
  };
}

function missing(of: Profile, from: Profile): string[] {
  return learnedFacets.flatMap((facet) =>
    notIn(of.facets[facet].entries, from.facets[facet].entries),
  );
}

type Texts = ReadonlyMap<string, unknown>;

function notIn(texts: Texts, others: Texts): string[] {
  return [...texts.keys()].filter((text) => !others.has(text)).sort();
}
