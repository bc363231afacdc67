/** What of a profile is learned, now: of this rollout, and with people's verdicts. */
import { behaviourText } from "../behaviour/behaviour-text.ts";
import type { LearnedFacet } from "../behaviour/behaviour.ts";
import { seenFor } from "./calls-missed.ts";
import type { Entry } from "./entry.ts";
import type { GeneraliseSettings, NameOf } from "./generalise/group.ts";
import type { Held } from "./held.ts";
import type { Instance } from "./instance.ts";
import { heldProgram } from "./known-bad/programs.ts";
import { Lineage, usualAgeMs, type Standing } from "./lineage.ts";
import type { Profile } from "./profile.ts";
import type { Rollout } from "./rollout.ts";

export interface Learned {
  readonly text: string;
  readonly entry: Entry;
  readonly standing: Standing;
}

/** Instances that tell of the newest rollout; all of them where none was ever told of. */
export function instancesOf(profile: Profile, rollout: Rollout | undefined): Instance[] {
  const all = [...profile.instances.entries.values()];
  if (rollout === undefined) return all;
  const { template, sinceMs } = rollout;
  return all.filter((each) => each.template === template && each.watchedToMs >= sinceMs);
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
  const lineage = new Lineage(seenFor(facet, profile), ageMs);
  const learned: Learned[] = [];
  const add = (text: string, entry: Entry) =>
    learned.push({ text, entry, standing: lineage.standingOf(entry) });
  const { entries } = profile.facets[facet];
  for (const [text, entry] of entries) if (verdictOn(profile, text) !== false) add(text, entry);
  for (const [text, held] of profile.held.entries)
    if (facetOf(text) === facet && verdictOnHeld(profile, text, held) && !entries.has(text))
      add(text, held);
  return learned;
}

/** What waits for a person, by its text. */
export function waiting(profile: Profile): Map<string, Held> {
  const { held } = profile;
  return new Map(
    [...held.entries].filter(([text, each]) => verdictOnHeld(profile, text, each) === undefined),
  );
}

const wildcards = "wildcards ";

/** The text of a verdict on wildcards in a directory where guard.ts allows none. */
export function wildcardsIn(directory: string): string {
  return `${wildcards}${directory}`;
}

/** Generalising as people have decided: a refused pattern is undone by its text. */
export function generalisingOf({ verdicts }: Profile, nameOf: NameOf): GeneraliseSettings {
  const texts = (allow: boolean) =>
    [...verdicts.entries].filter(([, each]) => each.allow === allow).map(([text]) => text);
  const allowed = texts(true)
    .filter((text) => text.startsWith(wildcards))
    .map((text) => text.slice(wildcards.length));
  return { allowed, refused: new Set(texts(false)), nameOf };
}

/** What waits only for the programs that did it is decided with them. */
function verdictOnHeld(profile: Profile, text: string, { rules, actors }: Held) {
  const own = verdictOn(profile, text);
  if (own !== undefined || rules.some((name) => name !== heldProgram.name)) return own;
  const programs = actors.map(({ name }) =>
    verdictOn(profile, behaviourText({ facet: "exec", path: name })),
  );
  if (programs.length === 0 || programs.includes(undefined)) return undefined;
  return programs.every(Boolean);
}

function verdictOn({ verdicts }: Profile, text: string): boolean | undefined {
  return verdicts.entries.get(text)?.allow;
}

function facetOf(text: string): string {
  return text.slice(0, text.indexOf(" "));
}
