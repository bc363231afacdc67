/**
 * Has a profile seen enough? Measured facet by facet, from what was found new and when, over the
 * time in which the workload was watched whole. The answer is data; the loop decides.
 */
import { forFacets, learnedFacets, type LearnedFacet } from "../behaviour/behaviour.ts";
import { defaults } from "../policy/defaults.ts";
import { readDuration } from "../policy/values/duration.ts";
import { readBefore } from "../policy/values/read.ts";
import { omitted } from "./bounded.ts";
import { seenFor } from "./calls-missed.ts";
import { floorsOf, type FloorSettings } from "./floors.ts";
import { atLeast, percent, spanText, unseenGate, when, type Gate } from "./gate.ts";
import type { GeneraliseSettings, NameOf } from "./generalise/group.ts";
import { completes, type Instance } from "./instance.ts";
import { discoveryOf, newsOf, shareWithOwn } from "./news.ts";
import type { Profile } from "./profile.ts";
import { newestRollout } from "./rollout.ts";
import { generalisingOf, instancesOf, learnedOf, waiting } from "./standing.ts";
import { quietOf, unseenMass, type UnseenMass } from "./unseen.ts";
import { Watched } from "./watched.ts";

/** The fields that a policy has too (spec.learning) have their names and defaults from there. */
export interface ConvergenceSettings extends FloorSettings {
  /** So long without anything new. */
  readonly quietPeriodMs: number;
  readonly windowMs: number;
  readonly maxUnseenMass: number;
  readonly confidence: number;
  /** What starts alone do is allowed to starts alone: its first time in the work is news. */
  readonly lifecycleAware: boolean;
  /** Facets that this kernel does not show: they can never be complete. */
  readonly blind: ReadonlySet<LearnedFacet>;
  readonly nameOf: NameOf;
}

export const usualConvergence: ConvergenceSettings = {
  durationMs: readBefore(readDuration(defaults.learning.duration)),
  minSamples: defaults.learning.minSamples,
  minInstances: defaults.learning.minInstances,
  quietPeriodMs: readBefore(readDuration(defaults.learning.quietPeriod)),
  windowMs: 1_000,
  maxUnseenMass: defaults.learning.maxUnseenMass,
  confidence: 0.95,
  lifecycleAware: defaults.learning.lifecycleAware,
  blind: new Set(),
  nameOf: () => undefined,
};

export interface FacetConvergence {
  /** What a policy may be made of now. */
  readonly behaviours: number;
  /** Of these, what is in learning: since the newest rollout. */
  readonly inLearning: number;
  /** Roughly how many did not fit into the profile. */
  readonly omitted: number;
  /** The last time that something new came; undefined where nothing ever did. */
  readonly quietSinceMs?: number;
  /** Of the next window of time. */
  readonly unseen: UnseenMass;
  /**
   * How likely the next instance does what no other did. Shown and no gate: of three replicas it
   * says little, of fifty a lot.
   */
  readonly unseenByInstance: number;
  readonly gates: readonly Gate[];
  readonly progress: number;
  readonly converged: boolean;
}

export interface Convergence {
  /** The least of all facets': what is furthest away decides. */
  readonly progress: number;
  readonly converged: boolean;
  readonly samples: number;
  /** Seen from their start, and nothing of them lost. */
  readonly instances: number;
  /** Instances that lost records; they add facts and complete nothing. */
  readonly lossy: number;
  /** Instances that ran before they were watched; the same. */
  readonly adopted: number;
  /** Facts whose object a policy could not name. */
  readonly unclear: number;
  /** Known-bad behaviours that wait for a person: the loop should ask before it enforces. */
  readonly waiting: number;
  readonly facets: Readonly<Record<LearnedFacet, FacetConvergence>>;
}

export function convergenceOf(
  profile: Profile,
  nowMs: number,
  settings: ConvergenceSettings = usualConvergence,
): Convergence {
  const whole = evidenceOf(profile, nowMs, settings);
  const { instances } = whole;
  const facets = forFacets((facet) => {
    const seen = seenFor(facet, profile);
    const evidence = seen === profile ? whole : evidenceOf(seen, nowMs, settings);
    return facetConvergence(profile, facet, evidence, settings);
  });
  const all = learnedFacets.map((facet) => facets[facet]);
  return {
    progress: Math.min(...all.map(({ progress }) => progress)),
    converged: all.every(({ converged }) => converged),
    samples: sum(instances, ({ samples }) => samples),
    instances: instances.filter(completes).length,
    lossy: instances.filter(({ lost }) => lost > 0).length,
    adopted: instances.filter(({ adopted }) => adopted).length,
    unclear: sum(instances, ({ unclear }) => unclear),
    waiting: waiting(profile).size,
    facets,
  };
}

/** Of one facet alone: what may be asked often. */
export function isFacetComplete(
  profile: Profile,
  facet: LearnedFacet,
  nowMs: number,
  settings: ConvergenceSettings = usualConvergence,
): boolean {
  const evidence = evidenceOf(seenFor(facet, profile), nowMs, settings);
  return facetConvergence(profile, facet, evidence, settings).converged;
}

function evidenceOf(profile: Profile, nowMs: number, settings: ConvergenceSettings): Evidence {
  const rollout = newestRollout(profile.rollouts.entries.values());
  const instances = instancesOf(profile, rollout);
  const sinceMs = rollout?.sinceMs ?? 0;
  return {
    instances,
    watched: new Watched(instances, settings.windowMs, sinceMs),
    floors: floorsOf(instances, nowMs, sinceMs, settings),
    generalising: generalisingOf(profile, settings.nameOf),
  };
}

interface Evidence {
  readonly instances: readonly Instance[];
  readonly watched: Watched;
  readonly floors: readonly Gate[];
  readonly generalising: GeneraliseSettings;
}

function facetConvergence(
  profile: Profile,
  facet: LearnedFacet,
  { instances, watched, floors, generalising }: Evidence,
  settings: ConvergenceSettings,
): FacetConvergence {
  const { windowMs, confidence, quietPeriodMs, blind } = settings;
  const learned = learnedOf(profile, facet);
  const inLearning = learned.filter(({ standing }) => standing === "new");
  const tellsPhases = settings.lifecycleAware && instances.some(({ retold }) => retold);
  const news = newsOf(inLearning, generalising, { tellsPhases });
  const discovery = discoveryOf(news, watched);
  const unseen = unseenMass(discovery, confidence);
  const missing = omitted(profile.facets[facet]);
  const quietMs = quietOf(discovery) * windowMs;
  const quiet = `nothing new for ${spanText(quietMs)} of ${spanText(quietPeriodMs)}`;
  const room = missing === 0 ? "all of it fits" : `about ${missing} behaviours did not fit`;
  const isBlind = blind.has(facet);
  const sensed = isBlind ? `this kernel does not show ${facet}` : "this kernel shows it";
  const gates = [
    ...floors,
    atLeast("quiet", quietMs, quietPeriodMs, quiet),
    unseenGate(unseen, discovery, settings),
    when("room", missing === 0, room),
    when("sensed", !isBlind, sensed),
  ];
  const last = news.at(-1)?.atMs;
  return {
    behaviours: learned.filter(({ standing }) => standing !== "aged" && standing !== "foreign")
      .length,
    inLearning: inLearning.length,
    omitted: missing,
    ...(last !== undefined && { quietSinceMs: last }),
    unseen,
    unseenByInstance: shareWithOwn(news, instances),
    gates,
    progress: Math.min(...gates.map(({ progress }) => progress)),
    converged: gates.every(({ holds }) => holds),
  };
}

function sum<T>(values: readonly T[], of: (value: T) => number): number {
  return values.reduce((total, value) => total + of(value), 0);
}

/** "62 %: file: nothing new for 12 s of 60 s": the gate that is furthest away, in one line. */
export function waitsFor({ facets, progress, converged }: Convergence): string {
  if (converged) return "learning is complete";
  const all = learnedFacets.flatMap((facet) =>
    facets[facet].gates.filter(({ holds }) => !holds).map((gate) => ({ facet, gate })),
  );
  const [furthest] = all.sort((a, b) => a.gate.progress - b.gate.progress);
  return `${percent(progress)}: ${furthest?.facet}: ${furthest?.gate.words}`;
}
