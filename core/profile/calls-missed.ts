/**
 * Once nobody learns system calls any more they are not watched, which costs least. What an
 * instance called then nobody saw: for that facet, and for no other, it was watched until that
 * began.
 */
import type { LearnedFacet } from "../behaviour/behaviour.ts";
import type { Instance } from "./instance.ts";
import type { Profile } from "./profile.ts";

/**
 * The profile as far as its instances were watched for a facet; the same one where it was whole.
 */
export function seenFor(facet: LearnedFacet, profile: Profile): Profile {
  const { entries } = profile.instances;
  if (facet !== "syscall" || ![...entries.values()].some(isMissed)) return profile;
  const seen = new Map([...entries].map(([key, instance]) => [key, untilMissed(instance)]));
  return { ...profile, instances: { ...profile.instances, entries: seen } };
}

function isMissed({ callsMissedMs }: Instance): boolean {
  return callsMissedMs !== undefined;
}

/** One that began unwatched adds what it shows later, as one does that ran before. */
function untilMissed(instance: Instance): Instance {
  const { callsMissedMs = Infinity, startedMs, watchedToMs } = instance;
  if (callsMissedMs <= startedMs) return { ...instance, adopted: true };
  return { ...instance, watchedToMs: Math.min(watchedToMs, callsMissedMs) };
}
