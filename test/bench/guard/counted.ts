/**
 * Instructions with every facet enforced: few policies and entries, and many. Warm, they cost what
 * sensing costs, however many there are.
 */
import { join } from "node:path";
import { run } from "../instructions/instructions.ts";
import type { Row } from "../row.ts";

const sense = join(import.meta.dirname, "../instructions/sense.ts");
const loads = [
  { policies: 1, entries: 10 },
  { policies: 1_000, entries: 10 },
  { policies: 1, entries: 4_096 },
];

export async function countedWithPolicies(say: (line: string) => void): Promise<Row[]> {
  const rows: Row[] = [];
  for (const { policies, entries } of loads) {
    const command = [process.execPath, sense, "--held", `${policies},${entries}`];
    const state = `${policies} × ${entries} entries`;
    rows.push(...(await run({ kernels: ["7"], agent: { command, ready: "ready", state }, say })));
  }
  return rows;
}
