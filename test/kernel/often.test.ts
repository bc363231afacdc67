/**
 * A system call that is made often: one row of the kernel's answers for it, and must not for long.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface, type Interface } from "node:readline";
import { afterEach, describe, expect, test } from "vitest";
import { KernelTables } from "@pahlevan/agent/enforce/kernel-tables.ts";
import { compile } from "@pahlevan/core/policy/compile/compile.ts";
import { normalise } from "@pahlevan/core/policy/normalise.ts";
import { apiVersion, kind } from "@pahlevan/core/policy/schema/policy.ts";
import { totalOf } from "../../agent/kernel/counters.ts";
import { findHierarchy } from "../../agent/workload/hierarchy.ts";
import { cannotSense } from "./pahlevan.ts";
import { Sensed, TestCgroup } from "./sensed.ts";

/** Nothing else here calls it. */
const number = process.arch === "arm64" ? 127 : 148; // sched_rr_get_interval
/** More than the kernel's counters count. */
const MANY = 1_000;
/** Calls as often as it is told, each time. */
const caller = `$| = 1; while (<STDIN>) { syscall(${number}, -1, 0) for 1 .. $_; print "done\\n" }`;

class Caller {
  readonly child: ChildProcess;
  readonly #lines: Interface;

  constructor(cgroup: TestCgroup) {
    const enter = 'echo 0 >"$0" && exec perl -e "$1"';
    const child = spawn("sh", ["-c", enter, cgroup.procs, caller], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    this.child = child;
    this.#lines = createInterface(child.stdout);
  }

  async calls(times: number): Promise<void> {
    const done = once(this.#lines, "line");
    this.child.stdin?.write(`${times}\n`);
    await done;
  }
}

let running: Sensed | undefined;
let cgroup: TestCgroup | undefined;
let calling: ChildProcess | undefined;

/** Sensors, and an instance in which the call was made so often that nobody asks about it. */
async function often(): Promise<{ it: Sensed; caller: Caller; slot: number; generation: number }> {
  const it = await Sensed.start({ guard: true, policies: 2 });
  running = it;
  const mine = new TestCgroup(await findHierarchy());
  cgroup = mine;
  const caller = new Caller(mine);
  calling = caller.child;
  await caller.calls(MANY);
  const start = await it.tells("instance_start", ({ cgroupId }) => cgroupId === mine.id);
  return { it, caller, slot: start.instance, generation: start.generation };
}

function toldOf(it: Sensed, slot: number) {
  return it.told("syscall", ({ instance, detail }) => {
    return instance === slot && detail.number === number;
  });
}

function generated(it: Sensed): number {
  const syscalls = it.sensors.counters().map((counts) => {
    return new Map([...counts].filter(([each]) => each === "syscall"));
  });
  return totalOf(syscalls).generated;
}

afterEach(async () => {
  running?.sensors.close();
  calling?.kill("SIGKILL");
  await cgroup?.remove();
  running = cgroup = calling = undefined;
});

describe.skipIf(cannotSense !== undefined)(`often (${cannotSense ?? "as root"})`, () => {
  test("each call is counted, though nobody is told of it a second time", async () => {
    const { it, caller, slot } = await often();
    const before = generated(it);
    await caller.calls(MANY);
    expect(generated(it) - before).toBeGreaterThanOrEqual(MANY);
    const made = it.sensors.instance(slot)?.syscalls.find((each) => each.number === number);
    expect(made?.times).toBe(255);
    await expect.poll(() => toldOf(it, slot)).toHaveLength(1);
  });

  test("who asks for every one is told of every one from then on", async () => {
    const { it, caller, slot } = await often();
    it.sensors.everyKinds(["syscall"], slot);
    await caller.calls(3);
    await expect.poll(() => toldOf(it, slot)).toHaveLength(1 + 3);
  });

  test("a policy that denies it holds from the next call on", async () => {
    const { it, caller, slot, generation } = await often();
    const kernel = new KernelTables(it.sensors);
    const { row } = kernel.install(denying("sched_rr_get_interval"), 1);
    expect(kernel.hold({ slot, generation }, row)).toBe(true);
    const ended = once(caller.child, "exit");
    caller.child.stdin?.write("1\n");
    expect(await ended).toEqual([null, "SIGKILL"]);
  });
});

function denying(call: string) {
  const policy = normalise({
    apiVersion,
    kind,
    metadata: { name: "often" },
    spec: {
      selector: {},
      learning: { enabled: false },
      enforcement: { mode: "enforce", syscalls: { deniedSyscalls: [call] } },
    },
  });
  const result = compile({ policy, nowMs: 0 });
  if ("problems" in result) throw new Error(JSON.stringify(result.problems));
  return result.compiled;
}
