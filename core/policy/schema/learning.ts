/** spec.learning: how long is learned, and what has to hold before it counts as learned. */
import { defaults } from "../defaults.ts";
import { count, fields, flag, share } from "./build.ts";
import { duration } from "./values.ts";

const absent = defaults.learning;

export const learning = fields(
  {
    enabled: flag({
      description:
        "Learn at all. Without, the policy is what it allows and denies by name, and what was learned before.",
      absent: absent.enabled,
    }).exactOptional(),
    duration: duration(
      "The least time to learn. A floor: learning ends when every gate holds.",
      absent.duration,
    ).exactOptional(),
    minSamples: count(1, 1_000_000_000, {
      description: "Events to have seen before learning may be complete.",
      absent: absent.minSamples,
    }).exactOptional(),
    autoTransition: flag({
      description:
        "Go on by itself once learned (on one host by timer, in a cluster by signal). Without, an operator or an alert promotes.",
      absent: absent.autoTransition,
    }).exactOptional(),
    lifecycleAware: flag({
      description:
        "Learn start and steady state apart: what was seen only at the start is allowed only at the start.",
      absent: absent.lifecycleAware,
    }).exactOptional(),
    quietPeriod: duration(
      "Gate: how long nothing new may have been seen. Whatever is new begins it anew.",
      absent.quietPeriod,
    ).exactOptional(),
    minInstances: count(1, 10_000, {
      description: "Gate: instances that have to have been seen from their start.",
      absent: absent.minInstances,
    }).exactOptional(),
    maxUnseenMass: share({
      description:
        "Gate: the highest chance (0 to 1) that the next second shows something new, said with 95 % confidence, for each facet by itself. After twenty seconds with something new, 0.05 takes three quiet minutes and 0.01 sixteen.",
      absent: absent.maxUnseenMass,
    }).exactOptional(),
  },
  {
    description:
      "Learning what the workload does. All gates have to hold together; and an instance of which " +
      "records were lost can add to the profile, but completes nothing.",
  },
);
