/**
 * What is done about a policy that was wrong, mildest first. Each is verified: it has succeeded
 * when the symptom is gone within its window, else the next one is tried.
 */
import type { JudgedFacet } from "../policy/compile/act.ts";
import type { Strategy } from "../policy/schema/healing.ts";
import type { World } from "./world.ts";

export const remedies = ["admit", "facet", "step", "monitor", "relearn"] as const;
export type Remedy = (typeof remedies)[number];

export const remedyWords: Readonly<Record<Remedy, string>> = {
  admit: "the behaviours at fault are let through, as candidates that somebody confirms",
  facet: "the facet at fault is only monitored",
  step: "the last step is taken back",
  monitor: "the whole policy is only monitored; what it denies by name stays denied",
  relearn: "the workload is learned again, with what is known of it",
};

export interface Symptoms {
  readonly faults: readonly string[];
  readonly facets: readonly JudgedFacet[];
  /** Whether there is a step to take back. */
  readonly hasStep: boolean;
  /** Whether any of these is refused now. */
  readonly isRefused: boolean;
}

/** Where each strategy of a policy begins. What does not apply is passed over. */
const firstOf: Readonly<Record<Exclude<Strategy, "intelligent">, Remedy>> = {
  gradual: "admit",
  emergency: "monitor",
  relearn: "relearn",
};
/** So many behaviours at once are no few exceptions any more. */
const manyFaults = 20;

export function nextRemedy(
  strategy: Strategy,
  symptoms: Symptoms,
  tried: readonly Remedy[],
): Remedy | undefined {
  const begin = strategy === "intelligent" ? wisest(symptoms) : firstFor(strategy, symptoms);
  const from = Math.max(
    remedies.indexOf(begin),
    ...tried.map((remedy) => remedies.indexOf(remedy) + 1),
  );
  // Monitored, it refuses nothing that was learned: an alert that fires on opens nothing.
  const isElsewhere = tried.includes("monitor") && !symptoms.isRefused;
  const left = isElsewhere ? [] : remedies.slice(from);
  return left.find((remedy) => applies(remedy, symptoms));
}

/** Where nothing was at fault, there is nothing that could be learned. */
function firstFor(strategy: keyof typeof firstOf, symptoms: Symptoms): Remedy {
  const first = firstOf[strategy];
  return first === "relearn" && symptoms.faults.length === 0 ? wisest(symptoms) : first;
}

function wisest({ faults, facets }: Symptoms): Remedy {
  if (faults.length === 0) return "step";
  if (faults.length <= manyFaults) return "admit";
  return facets.length === 1 ? "facet" : "monitor";
}

function applies(remedy: Remedy, { faults, facets, hasStep }: Symptoms): boolean {
  switch (remedy) {
    case "admit":
      return faults.length > 0;
    case "facet":
      return facets.length === 1;
    case "step":
      return hasStep;
    case "monitor":
      return true;
    case "relearn":
      // It opens the workload: whoever only makes somebody's alert fire is not to come so far.
      return faults.length > 0;
  }
}

/** What was refused since then, of what the remedy was to clear. */
export function isStillHurting(
  { denials, policy }: Pick<World, "denials" | "policy">,
  faults: readonly string[],
  sinceMs: number,
): boolean {
  const since = denials.filter(({ denied, lastMs }) => denied > 0 && lastMs > sinceMs);
  const times = since
    .filter(({ explicit, sensitive }) => !explicit && sensitive === undefined)
    .reduce((sum, { denied }) => sum + denied, 0);
  return (
    times >= policy.healing.rollbackThreshold ||
    since.some(({ behaviour }) => faults.includes(behaviour))
  );
}
