/** Whether an attack came to what this kernel promises of the facets that it has to break. */
import type { Kernel } from "@pahlevan/core/policy/compile/kernel.ts";
import type { Attack } from "./attacks.ts";
import type { Outcome } from "./attacker.ts";
import type { Door } from "./workload.ts";

/**
 * Stopped, and told as that, where one of the facets can be kept; where none can, told as it is
 * promised. Empty where nothing is wrong with it.
 */
export function broken(
  { ended, counted, told, visitors }: Outcome,
  { facets, below = "alert" }: Pick<Attack, "below"> & Pick<Door, "facets">,
  tiers: Kernel["tiers"],
): string[] {
  const keeping = facets.filter((facet) => tiers[facet] !== "observe");
  if (keeping.length === 0) {
    const isAlert = facets.some((facet) => counted.includes(`alert ${facet}`));
    const isSeen = counted.length + told.length > 0;
    const isAsPromised = { alert: isAlert, seen: isSeen, nothing: true }[below];
    return isAsPromised ? [] : [`what is told of it is not: ${below}`];
  }
  const refusals = keeping.map((facet) => `${tiers[facet] === "kill" ? "kill" : "deny"} ${facet}`);
  const wanted = refusals.join(" or ");
  const isTold = (refusal: string) => told.some((text) => text.startsWith(`${refusal} `));
  return [
    ...(ended === "done" ? ["it was done"] : []),
    ...visitors.map((protocol) => `a stranger was reached by ${protocol}`),
    ...(refusals.some((refusal) => counted.includes(refusal)) ? [] : [`not counted: ${wanted}`]),
    ...(refusals.some(isTold) ? [] : [`not told: ${wanted}`]),
  ];
}
