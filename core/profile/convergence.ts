/**
 * Has a profile seen enough? Measured facet by facet, from what was found new and when, over the
 * time in which the workload was watched whole. The answer is data; the loop decides.
 */
import { learnedFacets, type LearnedFacet } from "../behaviour/behaviour.ts";
import { omitted } from "./bounded.ts";
import { firstMs, incidence } from "./entry.ts";
import { atLeast, percent, spanText, unseenGate, when, type Gate } from "./gate.ts";
import { generalise } from "./generalise/generalise.ts";
import { usualGeneralising, type GeneraliseSettings } from "./generalise/group.ts";
import { completes, keyOf, type Instance } from "./instance.ts";
import { forFacets, type Profile } from "./profile.ts";
import { newestRollout } from "./rollout.ts";
import { instancesOf, learnedOf, waiting, type Learned } from "./standing.ts";
import { quietOf, unseenMass, type Discovery, type UnseenMass } from "./unseen.ts";
import { Watched } from "./watched.ts";

export interface ConvergenceSettings {
  /** Floors: not before, whatever else holds. */
  readonly durationMs: number;
  readonly minSamples: number;
  /** Instances seen from their start, nothing of them lost. */
  readonly minInstances: number;
  /** So long without anything new. */
  readonly quietMs: number;
  readonly windowMs: number;
  readonly maxUnseenMass: number;
  readonly confidence: number;
  /** Facets that this kernel does not show: they can never be complete. */
  readonly blind: ReadonlySet<LearnedFacet>;
  readonly generalising: GeneraliseSettings;
}

export const usualConvergence: ConvergenceSettings = {
  durationMs: 300_000,
  minSamples: 100,
  minInstances: 1,
  quietMs: 60_000,
  windowMs: 1_000,
  maxUnseenMass: 0.05,
  confidence: 0.95,
  blind: new Set(),
  generalising: usualGeneralising,
};

export interface FacetConvergence {
  readonly behaviours: number;
  /** Roughly how many did not fit into the profile. */
  readonly omitted: number;
  /** The last time that something new came; undefined where nothing ever did. */
  readonly quietSinceMs?: number;
  /** Of the next window of time. */
  readonly unseen: UnseenMass;
  /**
   * How likely the next instance does what no other did: Good–Turing's share of instances with
   * something of their own. Shown and no gate: of three replicas it says little, of fifty a lot.
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
  const rollout = newestRollout(profile.rollouts.entries.values());
  const instances = instancesOf(profile, rollout);
  const sinceMs = rollout?.sinceMs ?? 0;
  const watched = new Watched(instances, settings.windowMs, sinceMs);
  const shared = sharedGates(instances, nowMs, sinceMs, settings);
  const facets = forFacets((facet) =>
    facetConvergence(profile, facet, { instances, watched, shared }, settings),
  );
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

/** The floors, which are the same for every facet. */
function sharedGates(
  instances: readonly Instance[],
  nowMs: number,
  sinceMs: number,
  { durationMs, minSamples, minInstances }: ConvergenceSettings,
): Gate[] {
  const beganMs = Math.min(
    nowMs,
    ...instances.map(({ startedMs }) => Math.max(startedMs, sinceMs)),
  );
  const samples = sum(instances, (instance) => instance.samples);
  const whole = instances.filter(completes).length;
  const others = instances.length - whole;
  const but =
    others === 0 ? "" : `; ${others} more lost records or ran before, and count for nothing here`;
  const lasted = nowMs - beganMs;
  return [
    atLeast(
      "duration",
      lasted,
      durationMs,
      `learning for ${spanText(lasted)} of at least ${spanText(durationMs)}`,
    ),
    atLeast("samples", samples, minSamples, `${samples} facts of at least ${minSamples}`),
    atLeast(
      "instances",
      whole,
      minInstances,
      `${whole} of at least ${minInstances} instances seen from their start without loss${but}`,
    ),
  ];
}

interface Evidence {
  readonly instances: readonly Instance[];
  readonly watched: Watched;
  readonly shared: readonly Gate[];
}

function facetConvergence(
  profile: Profile,
  facet: LearnedFacet,
  { instances, watched, shared }: Evidence,
  settings: ConvergenceSettings,
): FacetConvergence {
  const { windowMs, confidence, quietMs, blind } = settings;
  const learned = learnedOf(profile, facet).filter(({ standing }) => standing === "new");
  const news = newsOf(learned, settings.generalising);
  const discovery = discoveryOf(news, watched);
  const unseen = unseenMass(discovery, confidence);
  const missing = omitted(profile.facets[facet]);
  const quiet = quietOf(discovery) * windowMs;
  const gates = [
    ...shared,
    atLeast("quiet", quiet, quietMs, `nothing new for ${spanText(quiet)} of ${spanText(quietMs)}`),
    unseenGate(unseen, discovery, settings),
    when(
      "room",
      missing === 0,
      missing === 0 ? "all of it fits" : `about ${missing} behaviours did not fit`,
    ),
    when(
      "sensed",
      !blind.has(facet),
      blind.has(facet) ? `this kernel does not show ${facet}` : "this kernel shows it",
    ),
  ];
  const last = news.at(-1)?.atMs;
  return {
    unseenByInstance: shareWithOwn(news, instances),
    behaviours: learned.length,
    omitted: missing,
    ...(last !== undefined && { quietSinceMs: last }),
    unseen,
    gates,
    progress: Math.min(...gates.map(({ progress }) => progress)),
    converged: gates.every(({ holds }) => holds),
  };
}

interface News {
  readonly atMs: number;
  /** The only instance that showed it, where it was one. */
  readonly only?: string;
}

/**
 * When something new came, by time. Of a generalisation's members only those are news that came
 * before its rule could speak: one temporary file more is none.
 */
function newsOf(learned: readonly Learned[], generalising: GeneraliseSettings): News[] {
  const entries = new Map(learned.map(({ text, entry }) => [text, entry]));
  const { groups, exact } = generalise(entries.keys(), generalising);
  const newsOfTexts = (texts: Iterable<string>): News[] =>
    [...texts]
      .flatMap((text) => entries.get(text) ?? [])
      .map((entry) => {
        const [first] = entry.instances;
        const only = incidence(entry) === 1 && first !== undefined ? { only: first.name } : {};
        return { atMs: firstMs(entry), ...only };
      })
      .sort((a, b) => a.atMs - b.atMs);
  const ofGroups = groups.flatMap(({ members, needed }) =>
    newsOfTexts(members)
      .slice(0, needed)
      .map(({ atMs }) => ({ atMs })),
  );
  return [...newsOfTexts(exact), ...ofGroups].sort((a, b) => a.atMs - b.atMs);
}

function discoveryOf(news: readonly News[], watched: Watched): Discovery {
  const windows = new Set(news.map(({ atMs }) => watched.windowOf(atMs)));
  return { windows: watched.windows, news: Array.from(windows, (each) => watched.until(each)) };
}

function shareWithOwn(news: readonly News[], instances: readonly Instance[]): number {
  const whole = instances.filter(completes);
  const withOwn = new Set(news.map(({ only }) => only));
  const own = whole.filter((instance) => withOwn.has(keyOf(instance)));
  return whole.length === 0 ? 1 : own.length / whole.length;
}

function sum<T>(values: readonly T[], of: (value: T) => number): number {
  return values.reduce((total, value) => total + of(value), 0);
}

/** "62 %: file: nothing new for 12 s of 1 min" — the gate that is furthest away, in one line. */
export function waitsFor({ facets, progress, converged }: Convergence): string {
  if (converged) return "learning is complete";
  const all = learnedFacets.flatMap((facet) =>
    facets[facet].gates.filter(({ holds }) => !holds).map((gate) => ({ facet, gate })),
  );
  const [furthest] = all.sort((a, b) => a.gate.progress - b.gate.progress);
  return `${percent(progress)}: ${furthest?.facet}: ${furthest?.gate.words}`;
}
