/** How well learning does on real workloads, as the table of docs/learning.md. */
import type { LearnedFacet } from "@pahlevan/core/behaviour/behaviour.ts";
import { corpus } from "./corpus.ts";
import { heldOutRun, type HeldOutRun } from "./held-out-run.ts";

export interface Reported {
  readonly workload: string;
  readonly runs: number;
  /** Of a run's behaviours, what the others did not show, and what their policy admits. */
  readonly unseenShare: number;
  readonly admittedShare: number;
  /** Of the policy of all runs but the last. */
  readonly policy: Pick<HeldOutRun, "learned" | "entries">;
}

/** Each run in turn is the one that was not learned from. */
export function report(): Reported[] {
  return corpus().map((recording) => {
    const found = recording.runs.map((_, run) => heldOutRun(recording, run));
    const share = (count: (run: HeldOutRun) => number) =>
      found.reduce((sum, run) => sum + count(run) / run.asked, 0) / found.length;
    return {
      workload: recording.workload,
      runs: found.length,
      unseenShare: share(({ unseen }) => unseen),
      admittedShare: 1 - share(({ refused }) => refused.length),
      policy: found.at(-1) ?? { learned: {}, entries: {} },
    };
  });
}

const columns: readonly LearnedFacet[] = ["exec", "file", "network", "syscall", "capability"];

export function table(rows: readonly Reported[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [
    line(["workload", "new in a run", "admitted", ...columns]),
    `|${"---|".repeat(columns.length + 3)}`,
    ...rows.map(({ workload, unseenShare, admittedShare, policy: { learned, entries } }) =>
      line([
        workload,
        percent(unseenShare),
        percent(admittedShare),
        ...columns.map((facet) => entriesOf(learned[facet] ?? 0, entries[facet] ?? 0)),
      ]),
    ),
  ].join("\n");
}

export function percent(share: number): string {
  return `${(100 * share).toFixed(share === 0 || share === 1 ? 0 : 2)} %`;
}

/** "34 for 136" */
function entriesOf(learned: number, entries: number): string {
  return learned === entries ? String(entries) : `${entries} for ${learned}`;
}
