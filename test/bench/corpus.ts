/**
 * `./pahlevan bench corpus`: what policies learned of real workloads admit of a run not learned.
 */
import { percent, report } from "../sim/corpus/report.ts";
import type { Row } from "./row.ts";

const shareBudget = 0.995;

export function run(): readonly Row[] {
  return report().map(({ workload, runs, unseenShare, admittedShare, policy }): Row => {
    const entries = Object.entries(policy.entries).map(([facet, many]) => `${facet} ${many}`);
    return {
      name: `${workload}: behaviours of another run admitted`,
      value: 100 * admittedShare,
      unit: "%",
      budget: `≥ ${percent(shareBudget)}`,
      ok: admittedShare >= shareBudget,
      detail: `${runs} runs, ${percent(unseenShare)} new in each; entries: ${entries.join(", ")}`,
      exact: true,
    };
  });
}
