/**
 * `pahlevan run`: a command as a workload of its own, watched from its first exec, summed up at its
 * end.
 */
import { accessSync, constants, statSync, writeFileSync } from "node:fs";
import { constants as system } from "node:os";
import { basename, delimiter, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { everything } from "../sense/filter.ts";
import { Phases } from "../sense/phases.ts";
import { launch, type Launched } from "../sense/launch.ts";
import { RunCgroup } from "../sense/run-cgroup.ts";
import type { SensedInstance } from "../sense/senses.ts";
import { lossOf, SummaryBuilder } from "../sense/summary.ts";
import { valueOf, type Invocation } from "./command.ts";
import { EnvironmentError, UsageError } from "./exit.ts";
import { expectRights } from "./privileges.ts";
import { RunHeld } from "./run-held.ts";
import { RunLearning } from "./run-learning.ts";
import { settingsOf } from "./settings.ts";
import { opening, starting } from "./starting.ts";
import { openStore } from "./storing.ts";
import { paintFor } from "./text/colour.ts";
import { summaryText } from "./text/summary-text.ts";

export async function run(invocation: Invocation): Promise<number> {
  const command = invocation.rest;
  const [program] = command;
  if (program === undefined) throw new UsageError("run: which command? pahlevan run -- COMMAND …");
  const config = await settingsOf(invocation);
  const missing = notRunnable(program);
  if (missing !== undefined) {
    process.stderr.write(`pahlevan: run: ${missing.why}\n`);
    return missing.code;
  }
  expectRights("run");
  const name = valueOf(invocation, "name") ?? basename(program);

  const isHeld = invocation.values.has("enforce");
  // Before anything is started: a store that cannot be used is told at once.
  using store = config.learning === "on" || isHeld ? openStore(config) : undefined;
  const held = isHeld && store ? new RunHeld(store.profiles, name) : undefined;
  const { agent, senses, hierarchy } = await opening({ ...config, journalSize: 0, guard: isHeld });
  // What is held to its profile adds nothing to it.
  const learning =
    store && !held
      ? new RunLearning(store.profiles, agent.senses, name, program, config.saveInterval)
      : undefined;
  const phases = new Phases({
    senses,
    nowMs: Date.now,
    complain: (says) => process.stderr.write(`pahlevan: run: ${says}\n`),
    ...(learning && { learning: learning.learning }),
  });
  await starting(agent);
  const builder = new SummaryBuilder();
  const beganMs = performance.now();
  let cgroup: RunCgroup | undefined;
  let profile: SensedInstance | undefined;
  let ended: Awaited<Launched["ended"]>;
  try {
    cgroup = makeCgroup(hierarchy, name);
    const place = cgroup;
    const { id } = place;
    let slot: number | undefined;
    agent.listen(everything, (event) => {
      if (event.detail.kind === "instance_start" && event.cgroupId === id) slot = event.instance;
      if (event.instance !== slot) return;
      builder.add(event);
      learning?.see(event);
      held?.see(event);
      phases.see(event);
    });
    phases.keep();
    const enter = (pid: number) => {
      place.add(pid);
      for (const { facet, says } of held?.hold(senses, id) ?? [])
        process.stderr.write(`pahlevan: run: ${facet}: ${says}\n`);
    };
    ended = await withSignals(() => launch(command, enter), place);
    await leftBehind(place, basename(program));
    // Detached first: then the counters stand still and the sum can be exact.
    await agent.stop();
    profile = slot === undefined ? undefined : agent.senses.instance(slot);
  } finally {
    phases.stop();
    await agent.stop();
    cgroup?.kill("SIGKILL");
    if (cgroup !== undefined) await removed(cgroup);
  }

  const seconds = (performance.now() - beganMs) / 1000;
  const summary = builder.build(profile);
  const loss = lossOf(agent.senses.counts(), profile, agent.senses.malformed());
  const learned = learning?.finish();
  const denied = held?.denied();
  agent.senses.close();
  const json = valueOf(invocation, "output") === "json";
  const file = valueOf(invocation, "summary-file");
  const how = ended.signal ?? `exit code ${ended.code}`;
  const text = json
    ? `${JSON.stringify({ name, command, ...ended, seconds, ...summary, denied, loss, learned })}\n`
    : summaryText(
        { name, seconds, how },
        { ...summary, learned, denied },
        loss,
        paintFor(process.stderr, process.env),
      );
  if (file === undefined) process.stderr.write(text);
  else writeFileSync(file, text);
  return ended.signal === null ? (ended.code ?? 0) : 128 + system.signals[ended.signal];
}

/** As a shell would say it, and with its exit codes. */
function notRunnable(program: string): { why: string; code: number } | undefined {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  const places = program.includes("/") ? [program] : folders.map((at) => join(at || ".", program));
  const there = places.filter(isFile);
  if (there.length === 0) return { why: `${program}: command not found`, code: 127 };
  const runnable = there.some((place) => {
    try {
      accessSync(place, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
  return runnable ? undefined : { why: `${there[0]}: permission denied`, code: 126 };
}

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false; // Not there, or below a folder that is closed to us.
  }
}

function makeCgroup(hierarchy: Parameters<typeof RunCgroup.make>[0], name: string): RunCgroup {
  try {
    return RunCgroup.make(hierarchy, name, process.pid);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new EnvironmentError(`run: cannot make a cgroup for the command: ${reason}`);
  }
}

const forwarded = ["SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2", "SIGINT", "SIGQUIT"] as const;
/** A terminal sends these to the command as well as to us: once is enough. */
const fromTerminal = new Set<NodeJS.Signals>(["SIGINT", "SIGQUIT"]);

/** Listens before the command runs: a signal that comes early is handed on once there is a pid. */
async function withSignals(
  start: () => Promise<Launched>,
  cgroup: RunCgroup,
): Promise<Awaited<Launched["ended"]>> {
  let running: number | undefined;
  const early = new Set<NodeJS.Signals>();
  const forward = (signal: NodeJS.Signals) => {
    if (fromTerminal.has(signal) && process.stdin.isTTY) return;
    if (running === undefined) early.add(signal);
    // The pid is its own until its end is known here; then it may be another's.
    else if (cgroup.processes().includes(running)) process.kill(running, signal);
  };
  for (const signal of forwarded) process.on(signal, forward);
  try {
    const { pid, ended } = await start();
    running = pid;
    for (const signal of early) forward(signal);
    return await ended;
  } finally {
    for (const signal of forwarded) process.off(signal, forward);
  }
}

/**
 * A command may end before its children do: they are part of what it does, so they are waited for.
 */
async function leftBehind(cgroup: RunCgroup, name: string): Promise<void> {
  if (cgroup.processes().length === 0) return;
  await wait(100);
  const left = cgroup.processes().length;
  if (left === 0) return;
  process.stderr.write(
    `pahlevan: ${name} has ended, ${left} of its processes still run: waiting (Ctrl-C ends them)\n`,
  );
  const kill = () => cgroup.kill("SIGKILL");
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) process.on(signal, kill);
  while (cgroup.processes().length > 0) await wait(100);
  for (const signal of signals) process.off(signal, kill);
}

/** The last process is in its cgroup for a moment after it was reaped. */
async function removed(cgroup: RunCgroup): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      return cgroup.remove();
    } catch (error) {
      if (attempt < 100) {
        await wait(10);
        continue;
      }
      const reason = error instanceof Error ? error.message : String(error);
      process.stderr.write(`pahlevan: run: ${cgroup.folder} is left behind: ${reason}\n`);
      return;
    }
  }
}
