/**
 * The dry run: would the workload still start, answer its probes and stop under these tables? Asked
 * of what was recorded of it, before anything is enforced.
 */
import { type Act } from "./act.ts";
import { actText } from "./act-text.ts";
import type { Compiled } from "./compiled.ts";
import { denialText } from "./entry-text.ts";
import { judge, type Verdict } from "./judge.ts";

/**
 * `work`: whatever comes after the start; probes and the shutdown, where nobody told them apart.
 */
type Moment = "start" | "work" | "probe" | "shutdown";

export interface Recorded {
  readonly act: Act;
  readonly moment: Moment;
}

export interface Refusal extends Recorded {
  readonly verdict: Verdict;
  readonly says: string;
}

export type DryRun =
  /** Nothing of a start was recorded: nobody can know. */
  | { readonly answer: "unknown"; readonly says: string }
  | { readonly answer: "yes" }
  /** Enforced, the tables would deny these; the first one is the end of the start. */
  | { readonly answer: "no"; readonly refusals: readonly Refusal[] };

/**
 * Judges as if every facet that is not switched off were enforced: that is where the loop leads.
 */
export function dryRun(compiled: Compiled, recorded: readonly Recorded[]): DryRun {
  if (!recorded.some(({ moment }) => moment === "start")) {
    return { answer: "unknown", says: "no start of an instance was recorded from its first exec" };
  }
  const refusals = recorded.flatMap(({ act, moment }): Refusal[] => {
    const verdict = judge(compiled, act, moment === "start" ? "start" : "steady");
    if (verdict.outcome !== "deny" || verdict.mode === "off") return [];
    return [{ act, moment, verdict, says: refusalText(act, moment, verdict) }];
  });
  return refusals.length === 0 ? { answer: "yes" } : { answer: "no", refusals };
}

const does: Readonly<Record<Moment, string>> = {
  start: "its own start",
  work: "its work (or a probe, or its shutdown)",
  probe: "a probe of it",
  shutdown: "its shutdown",
};

function refusalText(act: Act, moment: Moment, verdict: Verdict): string {
  return `${does[moment]} needs ${actText(act)}, and ${denialText(verdict)}`;
}
