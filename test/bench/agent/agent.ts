/**
 * What `pahlevan up` itself takes: time to start, memory, CPU; idle, busy, and with many instances.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { findHierarchy, type Hierarchy } from "../../../agent/workload/hierarchy.ts";
import { Up } from "../../kernel/pahlevan.ts";
import { BenchCgroup } from "../bench-cgroup.ts";
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

export async function run(watchMs = WATCH_MS): Promise<Row[]> {
  const hierarchy = await findHierarchy();
  const programs = await buildPrograms();
  return [
    ...(await withInstances(hierarchy, 1, watchMs)),
    ...(await busy(hierarchy, programs, watchMs)),
    ...(await withInstances(hierarchy, INSTANCES, watchMs)),
    await lossLadder(hierarchy, programs),
  ];
}

/** Each instance is a cgroup with a process in it that does nothing. */
async function withInstances(hierarchy: Hierarchy, count: number, watchMs: number): Promise<Row[]> {
  const cgroups: BenchCgroup[] = [];
  try {
    for (let index = 0; index < count; index++) {
      const cgroup = new BenchCgroup(hierarchy, `idle-${index}`);
      cgroups.push(cgroup);
      await entered(cgroup);
    }
    const began = performance.now();
    await using up = await Up.start([], AS_STARTED);
    const seconds = (performance.now() - began) / 1000;
    const known = await up.metric(/^pahlevan_instances\{.*kind="unit".* \d+$/m);
    // At first it saves what everybody did so far, and Node.js settles: what stays is what counts.
    const first = await usageOf(up.process.pid ?? 0, watchMs);
    const before = await received(up, "");
    const usage = await usageOf(up.process.pid ?? 0, watchMs);
    const others = (await received(up, "")) - before;
    const instances = `${count} ${count === 1 ? "instance" : "instances"}`;
    return [
      {
        ...{ name: `start, ${instances}`, value: seconds, unit: "s" },
        ...{ budget: `≤ ${START_SECONDS}`, ok: seconds <= START_SECONDS },
        detail: "from the command to its banner",
      },
      ...rows(
        `idle, ${instances}`,
        usage,
        `≤ ${IDLE_PERCENT}`,
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

async function busy(hierarchy: Hierarchy, { opens }: Programs, watchMs: number): Promise<Row[]> {
  const cgroup = new BenchCgroup(hierarchy, "busy");
  const directory = mkdtempSync("/dev/shm/pahlevan-");
  try {
    // Every open is of a new name, so each is an event: the set of what was seen must hold them.
    await using up = await Up.start(["--seen-entries-most", "65536"], AS_STARTED);
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
    return rows(`at ${EVENTS_PER_SECOND} events/s`, usage, "-", detail);
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

function rows(name: string, usage: Usage, cpuBudget: string, detail: string): Row[] {
  const { megabytes, corePercent } = usage;
  const fits = cpuBudget === "-" || corePercent <= IDLE_PERCENT;
  return [
    {
      ...{ name: `${name}: memory`, value: megabytes, unit: "MB" },
      ...{ budget: `≤ ${MEMORY_MEGABYTES}`, ok: megabytes <= MEMORY_MEGABYTES, detail },
      exact: true,
    },
    {
      name: `${name}: CPU`,
      value: corePercent,
      unit: "% of a core",
      budget: cpuBudget,
      ok: fits,
      detail,
    },
  ];
}
