/**
 * What people watch a host with today, counted as Pahlevan is, where the LSM decides: of what
 * theirs adds to an operation, ours adds so much. Ours is the committed baseline's. Processes run
 * when nothing else does, theirs as ours, so that what they print costs nothing here.
 */
import { join } from "node:path";
import type { Row } from "../row.ts";
import { readBaseline } from "./baseline.ts";
import { measure } from "./instructions.ts";
import { differencePercent } from "./measurement.ts";

const BUDGET_PERCENT = 5;
const KERNEL = "7";

/** What they watch, of what is counted. */
const operations: Readonly<Record<string, string>> = {
  "open+close": "opensnoop",
  "vfork+execve+wait": "execsnoop",
  "tcp connect+accept+close": "tcpconnect",
};

export async function countedBeside(say: (line: string) => void): Promise<Row[]> {
  const ours = (await readBaseline()).kernels[KERNEL]?.differencePercent ?? {};
  const rows: Row[] = [];
  for (const tools of [["auditd"], Object.values(operations)]) {
    const command = [process.execPath, join(import.meta.dirname, "others.ts"), ...tools];
    const { bare, sensed } = await measure(KERNEL, { agent: { command, ready: "ready" }, say });
    for (const [operation, tool] of Object.entries(operations)) {
      const [before, after] = [bare[operation], sensed?.[operation]];
      const own = ours[operation];
      if (before === undefined || after === undefined || own === undefined)
        throw new Error(`${operation} was not counted`);
      const theirs = differencePercent(before, after);
      const percent = (own / theirs) * 100;
      rows.push({
        name: `${operation} on ${KERNEL}: of what ${tools.length === 1 ? "auditd" : tool} adds`,
        ...{
          value: percent,
          unit: "%",
          budget: `≤ ${BUDGET_PERCENT}`,
          ok: percent <= BUDGET_PERCENT,
        },
        detail: `ours ${own.toFixed(1)} % of ${before.instructions} instructions, theirs ${theirs.toFixed(1)} %`,
      });
    }
  }
  return rows;
}
