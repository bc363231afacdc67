/**
 * Behaviours that are never learned silently, each with its reason: they wait for a person. A
 * workload may have been broken into before anyone began to learn it.
 */
import type { Behaviour } from "../behaviour/behaviour.ts";
import type { KernelEvent } from "../behaviour/event.ts";
import { badFiles } from "./known-bad/files.ts";
import { badForKernel } from "./known-bad/kernel.ts";
import { badEndpoints } from "./known-bad/network.ts";
import { badPrograms } from "./known-bad/programs.ts";
import type { KnownBad } from "./known-bad/rule.ts";

export const knownBad: readonly KnownBad[] = [
  ...badFiles,
  ...badPrograms,
  ...badEndpoints,
  ...badForKernel,
];

const none: readonly KnownBad[] = [];
const byFacet = Map.groupBy(knownBad, ({ facet }) => facet);
const byFacetAndActor = Map.groupBy(
  knownBad.filter(({ byActor }) => byActor),
  ({ facet }) => facet,
);

/**
 * The rules that hold the behaviour; `event` where one told of it. One that is learned already was
 * judged when it came, and only who does it now is looked at: that spares a dozen expressions a
 * fact.
 */
export function rulesHolding(
  behaviour: Behaviour,
  event: KernelEvent | undefined,
  isLearned = false,
): readonly KnownBad[] {
  const rules = (isLearned ? byFacetAndActor : byFacet).get(behaviour.facet) ?? none;
  for (const rule of rules)
    if (rule.matches(behaviour, event))
      return rules.filter((each) => each.matches(behaviour, event));
  return none;
}
