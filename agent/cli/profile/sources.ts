/** Profiles by what people call them: the name of a workload in the store, or a file. */
import { readFile } from "node:fs/promises";
import type { LearnedFacet } from "@pahlevan/core/behaviour/behaviour.ts";
import { learnedFacets } from "@pahlevan/core/behaviour/behaviour.ts";
import { readProfile } from "@pahlevan/core/profile/document.ts";
import type { Profile } from "@pahlevan/core/profile/profile.ts";
import { reasonOf } from "../../store/error.ts";
import { storeFile } from "../../store/open.ts";
import { Store, type StoreSettings } from "../../store/store.ts";
import { readWorkload, workloadText } from "../../store/workload-name.ts";
import { EnvironmentError, UsageError } from "../exit.ts";
import { didYouMean } from "../nearest.ts";
import { told } from "../storing.ts";

export interface Source {
  /** "web", "shop/web", "./web.json" */
  readonly label: string;
  readonly profile: Profile;
  readonly blind: ReadonlySet<LearnedFacet>;
  /** Absent of files. */
  readonly savedMs?: number;
}

export function existingStore(settings: StoreSettings): Store {
  const store = told(() => Store.openExisting(settings));
  if (store !== undefined) return store;
  throw new EnvironmentError(
    `there is no store at ${storeFile(settings.stateDirectory)}, or it is not yours to read: ` +
      "'pahlevan up' and 'pahlevan run' make one, --state-directory names another place",
  );
}

/** `command` is who asks, for the error. */
export async function sourceOf(
  word: string,
  settings: StoreSettings,
  command: string,
): Promise<Source> {
  if (/^[./]/.test(word)) return fromFile(word, command);
  using store = existingStore(settings);
  const found = told(() => store.profiles.read(readWorkload(word)));
  if (found === undefined) throw unknownWorkload(word, store, command);
  const { profile, blind, savedMs } = found;
  return { label: workloadText(found), profile, blind, savedMs };
}

export function unknownWorkload(word: string, { profiles }: Store, command: string): UsageError {
  const guess = didYouMean(word, profiles.names().map(workloadText));
  return new UsageError(
    `${command}: nothing is stored of '${word}'${guess || "; 'pahlevan profile list' shows of what"}` +
      " (a file begins with . or /)",
  );
}

async function fromFile(file: string, command: string): Promise<Source> {
  const refuse = (why: string) => new UsageError(`${command}: ${file}: ${why}`);
  let json: unknown;
  try {
    json = JSON.parse(await readFile(file, "utf8"));
  } catch (error) {
    throw refuse(reasonOf(error));
  }
  const read = readProfile(profileWithin(json));
  if ("error" in read) throw refuse(read.error);
  return { label: file, profile: read.profile, blind: blindWithin(json) };
}

/** What `profile show -o json` prints holds the profile; others hold nothing else. */
function profileWithin(json: unknown): unknown {
  return typeof json === "object" && json !== null && "profile" in json ? json.profile : json;
}

function blindWithin(json: unknown): ReadonlySet<LearnedFacet> {
  const list: unknown =
    typeof json === "object" && json !== null && "blind" in json ? json.blind : [];
  return new Set(learnedFacets.filter((facet) => Array.isArray(list) && list.includes(facet)));
}
