/** spec.selfHealing: when a burst of denials is looked into, and what is done first. */
import { defaults } from "../defaults.ts";
import { choice, count, fields, flag } from "./build.ts";
import { duration } from "./values.ts";

const absent = defaults.selfHealing;
const strategies = ["gradual", "emergency", "relearn", "intelligent"] as const;
export type Strategy = (typeof strategies)[number];

export const selfHealing = fields(
  {
    enabled: flag({
      description: "Heal at all. Without, denials are only told.",
      absent: absent.enabled,
    }).exactOptional(),
    rollbackThreshold: count(1, 1_000_000, {
      description:
        "Denials in one window after which the burst is adjudicated: is the policy wrong, or is someone in?",
      absent: absent.rollbackThreshold,
    }).exactOptional(),
    rollbackWindow: duration("That window.", absent.rollbackWindow).exactOptional(),
    strategy: choice(strategies, {
      description:
        "What is tried first on a policy found wrong: gradual admits the behaviours at fault, then takes steps back; " +
        "emergency stops enforcing at once; relearn learns anew; intelligent chooses by the evidence.",
      absent: absent.strategy,
    }).exactOptional(),
    recoveryTimeout: duration(
      "How long a symptom has to clear before the next remedy is tried.",
      absent.recoveryTimeout,
    ).exactOptional(),
  },
  { description: "Healing a policy that was wrong. It never relaxes an explicit deny." },
);
