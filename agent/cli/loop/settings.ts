/** What of the loop is configured, with what is not. */
import { usualSettings, type LoopSettings } from "@pahlevan/core/loop/settings.ts";
import type { Config } from "../config/keys.ts";

type Configured = Pick<
  Config,
  "levers" | "weights" | "freshFor" | "coolDown" | "mostReturns" | "candidateExpiry" | "blastRadius"
>;

export function loopSettings(config: Configured): LoopSettings {
  const { levers, weights, caps } = usualSettings;
  const share = config.blastRadius / 100;
  return {
    levers: { ...levers, ...config.levers },
    weights: { ...weights, ...config.weights },
    freshMs: config.freshFor,
    coolDownMs: config.coolDown,
    mostReturns: config.mostReturns,
    candidateMs: config.candidateExpiry,
    caps: { ...caps, looserShare: share, tighterShare: share },
  };
}
