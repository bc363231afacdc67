/**
 * A profile: the set of behaviours that instances of a workload showed, and what is needed to judge
 * how complete it is. Merging is a join: in any order, grouping or number of times, the same.
 */
import { forFacets, type LearnedFacet } from "../behaviour/behaviour.ts";
import { merged, type Bounded, type Bounds } from "./bounded.ts";
import { joinedEntry, type Entry } from "./entry.ts";
import { joinedHeld, type Held } from "./held.ts";
import { ageRank, joinedInstance, type Instance } from "./instance.ts";
import { behaviourLimits, heldLimit, instanceLimit, rolloutLimit, verdictLimit } from "./limits.ts";
import { rolloutRank, type Rollout } from "./rollout.ts";
import { shapeOf } from "./segment-shape.ts";
import { hash } from "./sketch.ts";
import { joinedVerdict, type Verdict } from "./verdict.ts";

export interface Profile {
  readonly facets: Readonly<Record<LearnedFacet, Bounded<Entry>>>;
  /** Known-bad: waits for a person. By the behaviour's text. */
  readonly held: Bounded<Held>;
  /** What people decided, by the text of a behaviour or generalisation. */
  readonly verdicts: Bounded<Verdict>;
  readonly instances: Bounded<Instance>;
  readonly rollouts: Bounded<Rollout>;
}

const none = { entries: new Map<string, never>() };

export const emptyProfile: Profile = {
  facets: forFacets(() => none),
  held: none,
  verdicts: none,
  instances: none,
  rollouts: none,
};

/**
 * Names that are made up anew each time go first; among equals chance decides, not whoever makes
 * the most.
 */
function behaviourRank(text: string): number {
  const { low, high } = hash(text);
  const isMadeUp = text.split("/").some((segment) => shapeOf(segment) !== undefined);
  return (isMadeUp ? 1 : 0) + high / 2 ** 32 + low / 2 ** 52 / 2 ** 12;
}

export const behaviourBounds: Readonly<Record<LearnedFacet, Bounds<Entry>>> = forFacets(
  (facet) => ({ limit: behaviourLimits[facet], rank: behaviourRank, join: joinedEntry }),
);
export const heldBounds: Bounds<Held> = { limit: heldLimit, rank: behaviourRank, join: joinedHeld };
export const instanceBounds: Bounds<Instance> = {
  limit: instanceLimit,
  rank: ageRank,
  join: joinedInstance,
};
export const rolloutBounds: Bounds<Rollout> = {
  limit: rolloutLimit,
  rank: rolloutRank,
  join: (a) => a,
};
export const verdictBounds: Bounds<Verdict> = {
  limit: verdictLimit,
  rank: behaviourRank,
  join: joinedVerdict,
};

export function mergeProfiles(a: Profile, b: Profile): Profile {
  return {
    facets: forFacets((facet) => merged(behaviourBounds[facet], a.facets[facet], b.facets[facet])),
    held: merged(heldBounds, a.held, b.held),
    verdicts: merged(verdictBounds, a.verdicts, b.verdicts),
    instances: merged(instanceBounds, a.instances, b.instances),
    rollouts: merged(rolloutBounds, a.rollouts, b.rollouts),
  };
}
