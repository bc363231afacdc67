/** All that may watch the measured process, each started and ended in turn, rounds interleaved. */
import { Sensors } from "../../../agent/kernel/sensors.ts";
import { findHierarchy, type Hierarchy } from "../../../agent/workload/hierarchy.ts";
import { BenchCgroup } from "../bench-cgroup.ts";
import { compileBpf } from "../compile.ts";
import { buildPrograms } from "../instructions/build.ts";
import { Audit } from "./audit.ts";
import { chosenHooks, EmptyPrograms } from "./empty.ts";
import { Snoops } from "./snoop.ts";
import { undisturbed } from "./strangers.ts";
import { Times, type Turn } from "./times.ts";

export const states = {
  bare: "nothing attached",
  empty: "empty programs on the hooks of the state below",
  sensed: "Pahlevan, converged: no program on the entry of system calls",
  emptyLearning: "empty programs on the hooks of the state below",
  learning: "Pahlevan while it learns system calls",
  snoop: "libbpf-tools, which print what they see",
  audit: "auditd with rules for execve, openat and connect",
} as const;
export type State = keyof typeof states;

export type Round = ReadonlyMap<State, Turn>;

export interface Outcome {
  readonly rounds: readonly Round[];
  /** The tools that run here. */
  readonly tools: readonly string[];
  /** What could not be measured, and why. */
  readonly missing: readonly string[];
}

interface Step {
  readonly state: State;
  /** Brings the state about, where starting its group has not. */
  readonly set?: () => void;
  readonly times: Times;
}

interface Group {
  start(): void | Promise<void>;
  /** In this order or in the other one. */
  readonly turns: readonly Step[];
  stop(): void | Promise<void>;
}

const TOOLS = ["opensnoop", "execsnoop", "tcpconnect"];

export async function measure(
  rounds: number,
  say: (line: string) => void = () => undefined,
): Promise<Outcome> {
  const hierarchy = await findHierarchy();
  const programs = await buildPrograms();
  const cgroup = new BenchCgroup(hierarchy, "times");
  const missing: string[] = [];
  const ends: (() => void | Promise<void>)[] = [() => cgroup.remove()];
  try {
    // Audit comes first: it spares what is started after it, which it could not do later.
    const audit = await prepareAudit(missing);
    if (audit) ends.unshift(() => audit.stop());
    const times = await Times.start(programs, cgroup);
    ends.unshift(() => times.stop());
    const groups: Group[] = [{ start: nothing, turns: [{ state: "bare", times }], stop: nothing }];
    const { group, close } = emptyGroup(hierarchy, times);
    ends.unshift(close);
    groups.push(group, sensingGroup(hierarchy, times));
    const snoops = new Snoops();
    const tools = await usable(snoops, missing);
    if (tools.length > 0)
      groups.push({
        start: () => snoops.start(tools),
        turns: [{ state: "snoop", times }],
        stop: () => snoops.stop(),
      });
    if (audit) {
      await audit.on();
      const audited = await Times.start(programs, cgroup);
      ends.unshift(() => audited.stop());
      await audit.off();
      groups.push({
        start: () => audit.on(),
        turns: [{ state: "audit", times: audited }],
        stop: () => audit.off(),
      });
    }
    const measured = await undisturbed(rounds, (round) => oneRound(groups, round), say);
    return { rounds: measured, tools, missing };
  } finally {
    for (const end of ends) await end();
  }
}

function nothing(): void {}

/** Each begins with another state, and every second one runs backwards within a state. */
async function oneRound(groups: readonly Group[], round: number): Promise<Round> {
  const turns = new Map<State, Turn>();
  for (let index = 0; index < groups.length; index++) {
    const group = groups[(round + index) % groups.length];
    if (group) await oneGroup(group, round, turns);
  }
  return turns;
}

async function oneGroup(group: Group, round: number, turns: Map<State, Turn>): Promise<void> {
  try {
    await group.start();
    for (const { state, set, times } of round % 2 ? group.turns.toReversed() : group.turns) {
      set?.();
      turns.set(state, await times.turn());
    }
  } finally {
    await group.stop();
  }
}

function emptyGroup(hierarchy: Hierarchy, times: Times): { group: Group; close: () => void } {
  const sensors = Sensors.start({ hierarchy, onRecord: nothing });
  const hooks = chosenHooks(sensors.tiers());
  sensors.close();
  const empty = new EmptyPrograms(compileBpf("host/empty.bpf.c"), hooks, hierarchy.mountPoint);
  const group: Group = {
    start: () => empty.attach(),
    turns: [
      { state: "emptyLearning", times, set: () => empty.attachSyscalls() },
      { state: "empty", times, set: () => empty.detachSyscalls() },
    ],
    stop: () => empty.detach(),
  };
  return { group, close: () => empty.close() };
}

/** Loaded anew for each round, so that no one placing of its maps in memory decides. */
function sensingGroup(hierarchy: Hierarchy, times: Times): Group {
  let sensors: Sensors | undefined;
  return {
    start: () => {
      sensors = Sensors.start({ hierarchy, onRecord: nothing });
    },
    turns: [
      { state: "learning", times, set: () => sensors?.attachSyscalls() },
      { state: "sensed", times, set: () => sensors?.detachSyscalls() },
    ],
    stop: () => sensors?.close(),
  };
}

async function prepareAudit(missing: string[]): Promise<Audit | undefined> {
  const why = await Audit.whyNot();
  if (why !== undefined) {
    missing.push(`auditd: ${why}`);
    return undefined;
  }
  const audit = new Audit();
  await audit.start();
  return audit;
}

async function usable(snoops: Snoops, missing: string[]): Promise<string[]> {
  const tools: string[] = [];
  for (const tool of TOOLS) {
    const why = await snoops.whyNot(tool);
    if (why === undefined) tools.push(tool);
    else missing.push(why.startsWith(tool) ? why : `${tool}: ${why}`);
  }
  return tools;
}
