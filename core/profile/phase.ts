/** Which behaviours belong to the start alone, so that a policy may take them away after it. */
import type { LearnedFacet } from "../behaviour/behaviour.ts";
import { seenFor } from "./calls-missed.ts";
import type { Entry } from "./entry.ts";
import { completes, type Instance } from "./instance.ts";
import type { Profile } from "./profile.ts";
import { newestRollout } from "./rollout.ts";
import { instancesOf } from "./standing.ts";

/** An instance says what its steady life needs only after so long of it. */
const leastSteadyMs = 300_000;

/**
 * The kernel tells a behaviour once. What it told during init it does not tell again, so silence
 * afterwards says nothing: unless it was made to forget at the boundary (`retold`). Only instances
 * where it was, that were seen whole and long enough, can say what belongs to the start alone.
 */
export function canTellPhases(instances: Iterable<Instance>, leastMs = leastSteadyMs): boolean {
  for (const instance of instances) {
    const { retold, steadySinceMs = Infinity, watchedToMs } = instance;
    if (retold && completes(instance) && watchedToMs - steadySinceMs >= leastMs) return true;
  }
  return false;
}

/** The same of what a policy is made of: of that facet. */
export function tellsPhases(profile: Profile, facet: LearnedFacet): boolean {
  const rollout = newestRollout(profile.rollouts.entries.values());
  return canTellPhases(instancesOf(seenFor(facet, profile), rollout));
}

/** Only with `canTellPhases`. */
export function isInitOnly({ init, steady }: Entry): boolean {
  return init && !steady;
}
