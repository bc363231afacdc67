/**
 * A service whose system calls are all learned, under a policy that denies one of them: what comes
 * through once entries are watched no more, after an edit, and without an agent. Prints it as one
 * line of JSON, as it is run in a VM.
 */
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { heldIn } from "../../../agent/cli/policy/held-status.ts";
import { askStatus } from "../../../agent/sense/control-client.ts";
import { findHierarchy } from "../../../agent/workload/hierarchy.ts";
import { PATIENCE_MS } from "../../patience.ts";
import { learnWhole } from "../learned-whole.ts";
import { Pahlevan, parsed, Up } from "../pahlevan.ts";
import { buildAct } from "../stage/build.ts";

/** Which calls come through. */
export type Through = Readonly<Record<"first" | "second" | "never" | "of32Bits", boolean>>;

export interface CallsTrial {
  /** Of the kernel, at which something is stopped. */
  readonly functions: number;
  readonly beside: Through;
  readonly guarded: Through;
  /** Whether anything was at the entry of system calls meanwhile. */
  readonly watched: boolean;
  /** At once, and when entries are watched no more. */
  readonly edited: readonly [Through, Through];
  readonly withoutAgent: Through;
  readonly lifted: Through;
  /** "deny sched_rr_get_interval" */
  readonly decisions: readonly string[];
}

const unit = "pahlevan-test-calls.service";
const denied = ["sched_rr_get_interval", "getpriority"];
const guards = "what policies deny is stopped at (\\d+) functions of the kernel";
/** By the numbers of x86, whose kernels run 32-bit programs: an interval, a priority, a number. */
const calls = {
  first: ["syscall", "148"],
  second: ["syscall", "140"],
  never: ["syscall", "110"],
  of32Bits: ["syscall32", "161"],
} as const;

const policyOf = (calls: readonly string[]) => `
apiVersion: policy.pahlevan.io/v1alpha1
kind: PahlevanPolicy
metadata: {name: calls}
spec:
  selector: {matchLabels: {pahlevan.io/unit: ${unit}}}
  learning: {enabled: false}
  enforcement: {mode: enforce, syscalls: {deniedSyscalls: [${calls.join()}]}}
`;

async function trial(): Promise<CallsTrial> {
  const { mountPoint } = await findHierarchy();
  const act = await buildAct();
  const folder = mkdtempSync("/opt/pahlevan-calls-");
  const [file, state, bpf] = ["policy.yaml", "state", "bpf"].map((name) => join(folder, name));
  if (file === undefined || state === undefined || bpf === undefined) throw new Error("no names");
  mkdirSync(bpf);
  mkdirSync(state);
  execFileSync("mount", ["-t", "bpf", "bpf", bpf]);
  const cgroup = join(mountPoint, "system.slice", unit);
  const through = (within = cgroup): Through => {
    const comes = (words: readonly string[]) => run(within, [act, ...words]) === 0;
    const { first, second, never, of32Bits } = calls;
    return {
      ...{ first: comes(first), second: comes(second) },
      ...{ never: comes(never), of32Bits: comes(of32Bits) },
    };
  };
  const pins = ["--pin-directory", join(bpf, "pahlevan")];
  const words = ["--policy", file, "--state-directory", state, ...pins, "--save-interval", "1s"];
  writeFileSync(file, policyOf(denied.slice(0, 1)));
  learnWhole({ stateDirectory: state, decisionsKept: 1 }, unit, denied);
  mkdirSync(cgroup, { recursive: true });
  const living = spawn("sh", ["-c", enter, cgroup, "sleep", "10000"], { stdio: "ignore" });
  try {
    await using up = await Up.start(words);
    const [, functions] = await up.says(new RegExp(guards));
    const beside = through(mountPoint);
    const guarded = through();
    const watched = /^pahlevan_syscalls_watched 1$/m.test(await up.get("/metrics"));
    writeFileSync(file, policyOf(denied));
    while (!(await generations(up)).includes(2)) continue;
    const atOnce = through();
    await up.says(new RegExp(`${guards}[^]*${guards}`));
    const later = through();
    const decisions = await decisionsIn(state);
    up.process.kill("SIGKILL");
    await up.ended;
    const withoutAgent = through();
    await new Pahlevan(["up", "--release", ...pins]).ended;
    return {
      ...{ functions: Number(functions), beside, guarded, watched, edited: [atOnce, later] },
      ...{ withoutAgent, lifted: through(), decisions },
    };
  } finally {
    living.kill("SIGKILL");
    await once(living, "close");
    execFileSync("umount", [bpf]);
    rmSync(folder, { recursive: true });
  }
}

const enter = 'echo $$ >"$0/cgroup.procs" && exec "$@"';

function run(cgroup: string, program: readonly string[]): number | null {
  return spawnSync("sh", ["-c", enter, cgroup, ...program], { stdio: "ignore" }).status;
}

async function generations({ socket }: Up) {
  return heldIn(await askStatus(socket, PATIENCE_MS)).held.map(({ generation }) => generation);
}

async function decisionsIn(state: string): Promise<string[]> {
  const words = ["--most", "1000", "-o", "json", "--state-directory", state];
  await using query = new Pahlevan(["decisions", "query", ...words]);
  await query.ended;
  const all = query.stdout.split("\n").flatMap((line) => (line === "" ? [] : [parsed(line)]));
  return all.map(({ action, object }) => `${String(action)} ${String(object)}`);
}

if (import.meta.main) console.log(JSON.stringify(await trial()));
