/** What of the loop is configured, with what is not. */
import { usualSettings, type LoopSettings } from "@pahlevan/core/loop/settings.ts";
import type { Config } from "../config/keys.ts";

export function loopSettings({
  levers,
  weights,
}: Pick<Config, "levers" | "weights">): LoopSettings {
  return {
    ...usualSettings,
    levers: { ...usualSettings.levers, ...levers },
    weights: { ...usualSettings.weights, ...weights },
  };
}
