/** How far the learning of a workload is, for machines and for people. */
import { forFacets, type LearnedFacet } from "@pahlevan/core/behaviour/behaviour.ts";
import { convergenceOf, usualConvergence } from "@pahlevan/core/profile/convergence.ts";
import type { Profile } from "@pahlevan/core/profile/profile.ts";
import { progressOf, waitingFor, type Progress } from "@pahlevan/core/profile/progress.ts";
import { waiting } from "@pahlevan/core/profile/standing.ts";
import { learningStatus, type LearningStatus } from "@pahlevan/core/profile/status.ts";

export interface LearningReport {
  readonly converged: boolean;
  readonly status: LearningStatus;
  readonly facets: Readonly<
    Record<LearnedFacet, { readonly behaviours: number; readonly waitsFor: string }>
  >;
  readonly told: readonly Progress[];
  /** Known-bad, with the names of the rules that hold it. */
  readonly held: readonly { readonly text: string; readonly rules: readonly string[] }[];
  /** Different things that it did and that may become a policy. */
  readonly behaviours: number;
}

export function learningReport(
  profile: Profile,
  blind: ReadonlySet<LearnedFacet>,
  nowMs: number,
): LearningReport {
  const found = convergenceOf(profile, nowMs, { ...usualConvergence, blind });
  const status = learningStatus(found);
  return {
    converged: found.converged,
    status,
    facets: forFacets((facet) => ({
      behaviours: found.facets[facet].behaviours,
      waitsFor: waitingFor(found.facets[facet]),
    })),
    told: progressOf(found),
    held: [...waiting(profile)].map(([text, { rules }]) => ({ text, rules })),
    behaviours: Object.values(status.behaviours).reduce((sum, count) => sum + count, 0),
  };
}
