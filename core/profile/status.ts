/** What `status.learning` of a policy shows. */
import { forFacets, learnedFacets, type LearnedFacet } from "../behaviour/behaviour.ts";
import { waitsFor, type Convergence } from "./convergence.ts";

export interface LearningStatus {
  /** 0 to 1. */
  readonly progress: number;
  readonly samples: number;
  /** Known, by facet. */
  readonly behaviours: Readonly<Record<LearnedFacet, number>>;
  /** What the gate looks at: the bound, of the facet that is worst. */
  readonly unseenMass: number;
  readonly unseenMassByFacet: Readonly<Record<LearnedFacet, number>>;
  /** Written as `quietSince`, a point in time. Absent while nothing was ever seen. */
  readonly quietSinceMs?: number;
  /** Records of some instance were lost. */
  readonly lossy: boolean;
  readonly instances: {
    /** Seen from their start, nothing lost: those that can complete a facet. */
    readonly whole: number;
    readonly lossy: number;
    readonly adopted: number;
  };
  /** Known-bad behaviours on which a person has to decide. */
  readonly held: number;
  readonly waitsFor: string;
}

export function learningStatus(found: Convergence): LearningStatus {
  const { progress, samples, facets, instances, lossy, adopted, waiting } = found;
  const all = learnedFacets.map((facet) => facets[facet]);
  const news = all.flatMap(({ quietSinceMs }) => quietSinceMs ?? []);
  return {
    progress,
    samples,
    behaviours: forFacets((facet) => facets[facet].behaviours),
    unseenMass: Math.max(...all.map(({ unseen }) => unseen.bound)),
    unseenMassByFacet: forFacets((facet) => facets[facet].unseen.bound),
    ...(news.length > 0 && { quietSinceMs: Math.max(...news) }),
    lossy: lossy > 0,
    instances: { whole: instances, lossy, adopted },
    held: waiting,
    waitsFor: waitsFor(found),
  };
}
