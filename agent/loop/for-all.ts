/** The levers that an operator may pull for every loop in one act. */
import type { SignalKind } from "@pahlevan/core/loop/signal.ts";

const levers: ReadonlySet<string> = new Set<SignalKind>(["emergency", "resume"]);

export function isForAll(lever: string): boolean {
  return levers.has(lever);
}
