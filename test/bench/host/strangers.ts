/** Programs that others have attached to this kernel's tracepoints: they cost as well. */
import { execFile } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";

const run = promisify(execFile);
const slow = new Set(["raw_tracepoint", "tracing", "perf_event"]);

/** How many, while none of ours are. */
async function strangers(): Promise<number> {
  // It fails when a link ends while it looks: then there was one.
  const listed = await run("bpftool", ["-j", "link"]).catch(() => undefined);
  if (listed === undefined) return 1;
  const links: unknown = JSON.parse(listed.stdout);
  if (!Array.isArray(links)) return 0;
  return links.filter((link: unknown) => slow.has(typeOf(link))).length;
}

function typeOf(link: unknown): string {
  return typeof link === "object" && link !== null && "type" in link ? String(link.type) : "";
}

/** So long for a moment in which nobody else has programs attached; they would be measured too. */
const QUIET_MS = 300_000;

/** Rounds in which nobody else came or went, as far as that is to be had. */
export async function undisturbed<Round>(
  rounds: number,
  one: (round: number) => Promise<Round>,
  say: (line: string) => void,
): Promise<Round[]> {
  const measured: Round[] = [];
  for (let round = 0; measured.length < rounds; round++) {
    const before = await waitForNone(QUIET_MS);
    const began = performance.now();
    const found = await one(round);
    const after = await waitForNone(0);
    const seconds = (performance.now() - began) / 1000;
    const valid = before === after || round > 3 * rounds;
    if (valid) measured.push(found);
    const why = valid ? "" : `, not counted: others attached ${after} programs`;
    say(`round ${measured.length} of ${rounds}: ${seconds.toFixed(1)} s${why}`);
  }
  return measured;
}

/** Waits for a moment without any. Returns how many there are: more than 0 if they stay. */
async function waitForNone(forMs: number): Promise<number> {
  const began = performance.now();
  for (;;) {
    const count = await strangers();
    if (count === 0 || performance.now() - began > forMs) return count;
    await delay(250);
  }
}
