/**
 * Our own part of what is sensed where a kernel has tracepoints alone: over empty programs on the
 * same hooks.
 */
import { join } from "node:path";
import type { Row } from "../row.ts";
import { run } from "./instructions.ts";

const sense = join(import.meta.dirname, "sense.ts");
const BUDGET_PERCENT = 5;

export async function countedTraced(say: (line: string) => void): Promise<Row[]> {
  const agent = {
    ...{ command: [process.execPath, sense, "--traced"], ready: "ready", state: "traced" },
    comparedWith: `${process.execPath} ${sense} --traced --empty`,
    budgets: {
      "open+close": BUDGET_PERCENT,
      "vfork+execve+wait": BUDGET_PERCENT,
      "tcp connect+accept+close": BUDGET_PERCENT,
    },
  };
  return run({ kernels: ["7"], agent, say });
}
