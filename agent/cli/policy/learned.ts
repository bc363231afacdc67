/** What a policy is compiled with: the profile that --profile names. */
import { learnedNeeds } from "@pahlevan/core/needs/learned-needs.ts";
import type { Learned } from "@pahlevan/core/policy/compile/learned.ts";
import type { Policy } from "@pahlevan/core/policy/policy.ts";
import { valueOf, type Invocation } from "../command.ts";
import { sourceOf, type Source } from "../profile/sources.ts";
import { settingsOf } from "../settings.ts";

/** Undefined without --profile: then a policy is what it says itself. */
export async function profileAsked(invocation: Invocation): Promise<Source | undefined> {
  const word = valueOf(invocation, "profile");
  if (word === undefined) return undefined;
  return sourceOf(word, await settingsOf(invocation), invocation.command.name);
}

export function learnedFor(source: Source | undefined, { learning }: Policy): readonly Learned[] {
  return source === undefined ? [] : learnedNeeds(source.profile, learning);
}
