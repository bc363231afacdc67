/**
 * `pahlevan profile allow` and `refuse`: a person's verdict on what waits, or on a generalisation.
 */
import { userInfo } from "node:os";
import { learnedFacets } from "@pahlevan/core/behaviour/behaviour.ts";
import { generalise } from "@pahlevan/core/profile/generalise/generalise.ts";
import { learn } from "@pahlevan/core/profile/learn.ts";
import type { Profile } from "@pahlevan/core/profile/profile.ts";
import { generalisingOf, wildcardsIn } from "@pahlevan/core/profile/standing.ts";
import { readWorkload } from "../../store/workload-name.ts";
import { valueOf, type Invocation } from "../command.ts";
import { exitCodes, UsageError } from "../exit.ts";
import { didYouMean } from "../nearest.ts";
import { settingsOf } from "../settings.ts";
import { told } from "../storing.ts";
import { safe } from "../text/safe.ts";
import { existingStore, unknownWorkload } from "./sources.ts";

export async function run(invocation: Invocation): Promise<number> {
  const { rest, command } = invocation;
  const [word, text, more] = rest;
  const reason = valueOf(invocation, "reason");
  if (word === undefined || text === undefined || more !== undefined) {
    throw new UsageError(`${command.name}: of which workload what? NAME 'file read /etc/shadow'`);
  }
  if (reason === undefined) throw new UsageError(`${command.name}: why? --reason WORDS`);
  const allow = command.name === "profile allow";
  using store = existingStore(await settingsOf(invocation));
  const name = readWorkload(word);
  const stored = told(() => store.profiles.read(name));
  if (stored === undefined) throw unknownWorkload(word, store, command.name);
  expectKnown(stored.profile, text, command.name);
  const nowMs = Date.now();
  const verdict = { allow, by: userInfo().username, reason, atMs: nowMs };
  const profile = learn(stored.profile, [{ fact: "decided", text, verdict }]);
  told(() => store.profiles.merge(name, { profile, blind: stored.blind, nowMs }));
  console.log(`${safe(word)}: ${safe(text)} is ${allow ? "allowed" : "refused"}`);
  return exitCodes.fine;
}

/** A verdict on what is nowhere would wait for it in silence. */
function expectKnown(profile: Profile, text: string, command: string): void {
  if (text.startsWith(wildcardsIn("/"))) return;
  const behaviours = learnedFacets.flatMap((facet) => [...profile.facets[facet].entries.keys()]);
  const { groups } = generalise(
    behaviours,
    generalisingOf(profile, () => undefined),
  );
  const held = [...profile.held.entries.keys()];
  const decided = [...profile.verdicts.entries.keys()];
  const known = [...held, ...groups.map((group) => group.text), ...decided, ...behaviours];
  if (known.includes(text)) return;
  const guess = didYouMean(text, known) || "; 'pahlevan profile show NAME' shows what there is";
  throw new UsageError(`${command}: nothing in the profile is '${text}'${guess}`);
}
