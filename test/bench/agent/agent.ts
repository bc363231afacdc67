/**
 * What `pahlevan up` itself takes: time to start, memory, CPU; idle, busy, and with many instances.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { findHierarchy, type Hierarchy } from "../../../agent/workload/hierarchy.ts";
import { Up } from "../../kernel/pahlevan.ts";
import { BenchCgroup } from "../bench-cgroup.ts";
import { CountingPeer } from "../exporters/peer.ts";
import { buildPrograms, type Programs } from "../instructions/build.ts";
import type { Row } from "../row.ts";
import { lossLadder } from "./ladder.ts";
import { usageOf, type Usage } from "./usage.ts";

const START_SECONDS = 3;
const MEMORY_MEGABYTES = 100;
const IDLE_PERCENT = 1;
const EVENTS_PER_SECOND = 1_100;
const INSTANCES = 250;
const WATCH_MS = 30_000;
/** With the options of Node that `./pahlevan` gives to `up` and to the benchmarks alike. */
const AS_STARTED = ["sh", "-c", `exec "$0" ${process.execArgv.join(" ")} "$@"`];

interface Setup {
  /** What is added to the name of what was measured. */
  readonly says: string;
  readonly before: readonly string[];
  /** What it may take while it is busy. */
  readonly most: Partial<Usage>;
}

export async function run(watchMs = WATCH_MS): Promise<Row[]> {
  const hierarchy = await findHierarchy();
  const programs = await buildPrograms();
  await using peer = await CountingPeer.start();
  const alone: Setup = {
    ...{ says: "", before: AS_STARTED },
    most: { megabytes: MEMORY_MEGABYTES },
  };
  const endpoint = `OTEL_EXPORTER_OTLP_ENDPOINT=${peer.url}`;
  const sending: Setup = {
    says: ", sending OTLP",
    before: ["env", endpoint, ...AS_STARTED],
    most: {},
  };
  return [
    ...(await withInstances(hierarchy, 1, watchMs, alone)),
    ...(await busy(hierarchy, programs, watchMs, alone)),
    ...(await busy(hierarchy, programs, watchMs, sending)),
    ...(await withInstances(hierarchy, INSTANCES, watchMs, alone)),
    ...(await withInstances(hierarchy, INSTANCES, watchMs, sending)),
    await lossLadder(hierarchy, programs),
  ];
}

/** Each instance is a cgroup with a process in it that does nothing. */
async function withInstances(
  hierarchy: Hierarchy,
  count: number,
  watchMs: number,
  { says, before: asStarted }: Setup,
): Promise<Row[]> {
  const cgroups: BenchCgroup[] = [];
  try {
    for (let index = 0; index < count; index++) {
      const cgroup = new BenchCgroup(hierarchy, `idle-${index}`);
      cgroups.push(cgroup);
      await entered(cgroup);
    }
    const began = performance.now();
    await using up = await Up.start([], asStarted);
    const seconds = (performance.now() - began) / 1000;
    const known = await up.metric(/^pahlevan_instances\{.*kind="unit".* \d+$/m);
    // At first it saves what everybody did so far, and Node.js settles: what stays is what counts.
    const first = await usageOf(up.process.pid ?? 0, watchMs);
    const before = await received(up, "");
    const usage = await usageOf(up.process.pid ?? 0, watchMs);
    const others = (await received(up, "")) - before;
    const instances = `${count} ${count === 1 ? "instance" : "instances"}${says}`;
    return [
      {
        ...{ name: `start, ${instances}`, value: seconds, unit: "s" },
        ...{ budget: `≤ ${START_SECONDS}`, ok: seconds <= START_SECONDS },
        detail: "from the command to its banner",
      },
      ...rows(
        `idle, ${instances}`,
        usage,
        { megabytes: MEMORY_MEGABYTES, corePercent: IDLE_PERCENT },
        `${known}; over ${watchMs / 1000} s, ${others} first sights of the host's own meanwhile; ` +
          `${first.corePercent.toFixed(1)} % in as long before that, from its start on`,
      ),
    ];
  } finally {
    for (const cgroup of cgroups) await cgroup.remove();
  }
}

/** A process that sleeps; resolves when it is in its cgroup. */
async function entered(cgroup: BenchCgroup): Promise<ChildProcess> {
  const script = "echo in; exec sleep 1000";
  const child = spawn(...cgroup.command("sh", "-c", script), {
    stdio: ["ignore", "pipe", "ignore"],
  });
  if (child.stdout) await once(child.stdout, "data");
  return child;
}

async function busy(
  hierarchy: Hierarchy,
  { opens }: Programs,
  watchMs: number,
  { says, before: asStarted, most }: Setup,
): Promise<Row[]> {
  const cgroup = new BenchCgroup(hierarchy, "busy");
  const directory = mkdtempSync("/dev/shm/pahlevan-");
  try {
    // Every open is of a new name, so each is an event: the set of what was seen must hold them.
    await using up = await Up.start(["--seen-entries-most", "65536"], asStarted);
    const seconds = String(Math.ceil(watchMs / 1000) + 5);
    const rate = String(EVENTS_PER_SECOND);
    const child = spawn(...cgroup.command(opens, directory, rate, seconds), { stdio: "ignore" });
    const ended = once(child, "exit");
    const before = await received(up, "open");
    const began = performance.now();
    const usage = await usageOf(up.process.pid ?? 0, watchMs);
    const perSecond =
      ((await received(up, "open")) - before) / ((performance.now() - began) / 1000);
    const dropped = await up.metric(/^pahlevan_records_dropped_total\{.*kind="open".*$/m);
    await ended;
    const detail = `${perSecond.toFixed(0)} opens/s of new names were received; ${dropped}`;
    return rows(`at ${EVENTS_PER_SECOND} events/s${says}`, usage, most, detail);
  } finally {
    await cgroup.remove();
    rmSync(directory, { recursive: true });
  }
}

/** Of this kind, or of all of them. */
async function received(up: Up, kind: string): Promise<number> {
  const page = await up.get("/metrics");
  let sum = 0;
  for (const [, value] of page.matchAll(
    new RegExp(`^pahlevan_records_received_total\\{.*kind="${kind}.* (\\d+)$`, "gm"),
  ))
    sum += Number(value);
  return sum;
}

function rows(name: string, usage: Usage, most: Partial<Usage>, detail: string): Row[] {
  const row = (what: keyof Usage) => {
    const [value, budget] = [usage[what], most[what]];
    const ok = budget === undefined || value <= budget;
    return { value, budget: budget === undefined ? "-" : `≤ ${budget}`, ok, detail };
  };
  return [
    { name: `${name}: memory`, unit: "MB", ...row("megabytes"), exact: true },
    { name: `${name}: CPU`, unit: "% of a core", ...row("corePercent") },
  ];
}
