/** What hurts, as the choice of a remedy asks for it. */
import type { Symptoms } from "./heal.ts";
import { sizesOf } from "./holding.ts";
import { stepBefore } from "./canary.ts";
import type { Phase } from "./phase.ts";
import type { World } from "./world.ts";

export function symptomsOf(
  at: { readonly phase: Phase; readonly step: number },
  world: World,
  faults: readonly string[],
): Symptoms {
  const sizes = sizesOf(world);
  const step = at.phase === "Canary" ? at.step : sizes.length - 1;
  const denials = world.denials.filter(({ behaviour }) => faults.includes(behaviour));
  const facets = denials.map(({ facet }) => facet);
  return {
    faults,
    facets: [...new Set(facets)],
    hasStep: stepBefore(sizes, step) !== undefined,
    isRefused: denials.some(({ denied }) => denied > 0),
  };
}
