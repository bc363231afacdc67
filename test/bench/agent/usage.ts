/** What a process uses: memory now, and its share of a core over a while. */
import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";

const TICKS_PER_SECOND = 100;

export interface Usage {
  readonly megabytes: number;
  readonly corePercent: number;
}

export async function usageOf(pid: number, forMs: number): Promise<Usage> {
  const began = performance.now();
  const before = cpuSeconds(pid);
  await delay(forMs);
  const seconds = (performance.now() - began) / 1000;
  return {
    megabytes: residentMegabytes(pid),
    corePercent: ((cpuSeconds(pid) - before) / seconds) * 100,
  };
}

function residentMegabytes(pid: number): number {
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Number(kilobytes) / 1024;
}

/** The name in the second field may hold anything; what follows its bracket is counted on. */
function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}
