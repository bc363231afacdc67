/**
 * Behaviours that are never learned silently, each with its reason: they wait for a person. A
 * workload may have been broken into before anyone began to learn it.
 */
import { forFacets, type Behaviour } from "../behaviour/behaviour.ts";
import type { KernelEvent } from "../behaviour/event.ts";
import { badFiles } from "./known-bad/files.ts";
import { badForKernel } from "./known-bad/kernel.ts";
import { badEndpoints } from "./known-bad/network.ts";
import { badPrograms, heldProgram } from "./known-bad/programs.ts";
import type { KnownBad } from "./known-bad/rule.ts";

export const knownBad: readonly KnownBad[] = [
  ...badFiles,
  ...badPrograms,
  ...badEndpoints,
  ...badForKernel,
  heldProgram,
];

/** No rule of the list: nothing is bad about it but that a policy had no place for it. */
export const deniedByPolicy = {
  name: "denied-by-policy",
  reason: "a policy denies it: if the workload needs it, a person has to say so",
} as const;

const byFacet = rulesByFacet(knownBad);
const byFacetAndActor = rulesByFacet(knownBad.filter(({ byActor }) => byActor));

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
  const rules = (isLearned ? byFacetAndActor : byFacet)[behaviour.facet];
  return rules.filter((rule) => rule.matches(behaviour, event));
}

function rulesByFacet(rules: readonly KnownBad[]) {
  return forFacets((facet) => rules.filter((rule) => rule.facet === facet || rule.facet === "any"));
}
