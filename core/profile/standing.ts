/** What of a profile is learned, now: of this rollout, and with people's verdicts. */
import type { LearnedFacet } from "../behaviour/behaviour.ts";
import type { Entry } from "./entry.ts";
import type { Held } from "./held.ts";
import type { Instance } from "./instance.ts";
import type { Profile } from "./profile.ts";
import { newestRollout, standingOf, usualAgeMs, type Rollout, type Standing } from "./rollout.ts";
import { Watched } from "./watched.ts";

export interface Learned {
  readonly text: string;
  readonly entry: Entry;
  readonly standing: Standing;
}

/** Instances that tell of the newest rollout; all of them where none was ever told of. */
export function instancesOf(profile: Profile, rollout: Rollout | undefined): Instance[] {
  const all = [...profile.instances.entries.values()];
  return rollout === undefined ? all : all.filter(({ template }) => template === rollout.template);
}

/**
 * What a policy may be made of, and what no longer: who compiles takes all but `aged` and
 * `foreign`. Held behaviours are in it once a person has allowed them; what a person refused is
 * not.
 */
export function learnedOf(
  profile: Profile,
  facet: LearnedFacet,
  ageMs: number = usualAgeMs,
): Learned[] {
  const rollout = newestRollout(profile.rollouts.entries.values());
  const watchedMs = rollout === undefined ? 0 : watchedSince(profile, rollout);
  const learned: Learned[] = [];
  const add = (text: string, entry: Entry) =>
    learned.push({ text, entry, standing: standingOf(entry, rollout, watchedMs, ageMs) });
  const { entries } = profile.facets[facet];
  for (const [text, entry] of entries) if (verdictOn(profile, text) !== false) add(text, entry);
  for (const [text, entry] of profile.held.entries)
    if (facetOf(text) === facet && verdictOn(profile, text) && !entries.has(text)) add(text, entry);
  return learned;
}

/** What waits for a person, by its text. */
export function waiting(profile: Profile): Map<string, Held> {
  const { held } = profile;
  return new Map([...held.entries].filter(([text]) => verdictOn(profile, text) === undefined));
}

function verdictOn({ verdicts }: Profile, text: string): boolean | undefined {
  return verdicts.entries.get(text)?.allow;
}

function facetOf(text: string): string {
  return text.slice(0, text.indexOf(" "));
}

const secondMs = 1_000;

function watchedSince(profile: Profile, rollout: Rollout): number {
  const instances = instancesOf(profile, rollout);
  return new Watched(instances, secondMs, rollout.sinceMs).windows * secondMs;
}
