/** Whether an attack came to what this kernel promises of the facets that it has to break. */
import type { Kernel } from "@pahlevan/core/policy/compile/kernel.ts";
import type { Attack } from "./attacks.ts";
import type { Outcome } from "./attacker.ts";
import type { Door } from "./workload.ts";

/**
 * Stopped, and told as that, where one of the facets can be kept; where none can, told as what
 * would have been. Empty where nothing is wrong with it.
 */
export function broken(
  { ended, counted, told, visitors }: Outcome,
  { facets }: Pick<Attack | Door, "facets">,
  tiers: Kernel["tiers"],
): string[] {
  const keeping = facets.filter((facet) => tiers[facet] !== "observe");
  const decisions =
    keeping.length === 0
      ? facets.map((facet) => `alert ${facet}`)
      : keeping.map((facet) => `${tiers[facet] === "kill" ? "kill" : "deny"} ${facet}`);
  const wanted = decisions.join(" or ");
  const isTold = (decision: string) => told.some((text) => text.startsWith(`${decision} `));
  const isStopped = keeping.length > 0;
  return [
    ...(isStopped && ended === "done" ? ["it was done"] : []),
    ...(isStopped ? visitors.map((protocol) => `a stranger was reached by ${protocol}`) : []),
    ...(decisions.some((each) => counted.includes(each)) ? [] : [`not counted: ${wanted}`]),
    ...(decisions.some(isTold) ? [] : [`not told: ${wanted}`]),
  ];
}
