/**
 * Whether what a profile does not hold was not done, or was not told of: profiles of older releases
 * and of lesser kernels know nothing of some acts, and no policy may take them away for that.
 */
import type { Telling } from "./instance.ts";
import type { Profile } from "./profile.ts";
import { newestRollout } from "./rollout.ts";
import { instancesOf } from "./standing.ts";

/** By all whose facts a policy is made of: who was watched without it may have done it. */
export function isToldOf(profile: Profile, telling: Telling): boolean {
  const instances = instancesOf(profile, newestRollout(profile.rollouts.entries.values()));
  return instances.every(({ tells }) => tells.includes(telling));
}
