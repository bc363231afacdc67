/**
 * A service under a policy starts again and again, and the very first thing that it does is denied:
 * while its agent lives, when it was killed, and when the next one has taken over. Prints how often
 * each came through as one line of JSON where it is run by itself, as in a VM.
 */
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { heldIn } from "../../../agent/cli/policy/held-status.ts";
import { askStatus } from "../../../agent/sense/control-client.ts";
import { findHierarchy } from "../../../agent/workload/hierarchy.ts";
import { PATIENCE_MS } from "../../patience.ts";
import { Pahlevan, parsed, Up } from "../pahlevan.ts";
import { buildAct } from "../stage/build.ts";
import { refuses } from "./trial.ts";

/** By what the service's program does first: how often that succeeded. */
export type CameThrough = Readonly<Record<"exec" | "network" | "file" | "syscall", number>>;

export interface Restarts {
  /** Whether the hooks of this kernel refuse files, too. */
  readonly refuses: boolean;
  readonly starts: number;
  /** Under the next agent. */
  readonly few: number;
  /** By what there was at the time. */
  readonly cameThrough: Readonly<Record<string, CameThrough>>;
  /** By facet: what an agent wrote down of each start. */
  readonly decided: Readonly<Record<string, number>>;
  /** What an agent says holds the service while it runs, as the only one. */
  readonly held: readonly string[];
}

/** Once more, to see that it still is so. */
const few = 5;
const unit = "pahlevan-test-again.service";
/** Of whom nobody speaks. */
const port = "9";

const policyOf = (folder: string, mode: string) => `
apiVersion: policy.pahlevan.io/v1alpha1
kind: PahlevanPolicy
metadata: {name: again}
spec:
  selector: {matchLabels: {pahlevan.io/unit: ${unit}}}
  learning: {enabled: false}
  enforcement:
    mode: ${mode}
    processes: {deniedBinaries: [${folder}/denied]}
    network: {deniedEgressPorts: [${port}]}
    files: {deniedPaths: [${folder}/secret, ${folder}/last]}
    syscalls: {deniedSyscalls: [sched_rr_get_interval]}
`;

/** Each facet is tried so often, with an agent and without. */
export async function restarts(starts: number): Promise<Restarts> {
  const { mountPoint } = await findHierarchy();
  const act = await buildAct();
  // Not in /tmp, which a policy has its own opinion of.
  const folder = mkdtempSync("/opt/pahlevan-again-");
  const cgroup = join(mountPoint, "system.slice", unit);
  const [file, state, bpf] = ["policy.yaml", "state", "bpf"].map((name) => join(folder, name));
  if (file === undefined || state === undefined || bpf === undefined) throw new Error("no names");
  const pins = join(bpf, "pahlevan");
  const wants = (mode: string) => writeFileSync(file, policyOf(folder, mode));
  mkdirSync(bpf);
  execFileSync("mount", ["-t", "bpf", "bpf", bpf]);
  execFileSync("cp", ["/bin/true", join(folder, "denied")]);
  writeFileSync(join(folder, "secret"), "");
  writeFileSync(join(folder, "last"), "");
  wants("enforce");

  // Fewer instances than starts: slots have to be given back, whether an agent lives or not.
  const tight = ["--max-instances", String(3 * starts)];
  // What it does while nothing holds it would be learned, and a person asked about it.
  const rest = ["--learning", "off", "--pin-directory", pins, ...tight];
  const words = ["--policy", file, "--state-directory", state, ...rest];
  const first: Readonly<Record<keyof CameThrough, readonly string[]>> = {
    exec: [join(folder, "denied")],
    network: [act, "connect-udp", "127.0.0.1", port],
    file: [act, "open", join(folder, "secret"), "r"],
    syscall: [act, "syscall", process.arch === "arm64" ? "127" : "148"],
  };
  const times = (program: readonly string[], most: number) => {
    let succeeded = 0;
    for (let time = 0; time < most; time++) succeeded += Number(began(cgroup, program) === 0);
    return succeeded;
  };
  const through = (most: number): CameThrough => ({
    exec: times(first.exec, most),
    network: times(first.network, most),
    file: times(first.file, most),
    syscall: times(first.syscall, most),
  });
  // A busy machine's agent may lag behind one round of starts, but not behind all of them.
  const throughHeard = async (agent: Up, most: number): Promise<CameThrough> => {
    const came = { exec: 0, network: 0, file: 0, syscall: 0 };
    for (const facet of ["exec", "network", "file", "syscall"] as const) {
      came[facet] = times(first[facet], most);
      held.push(await whileRunning(agent, cgroup));
    }
    return came;
  };

  const cameThrough: Record<string, CameThrough> = {};
  const held: string[] = [];
  try {
    await using agent = await Up.start(words);
    held.push(await whileRunning(agent, cgroup));
    cameThrough["under an agent"] = await throughHeard(agent, starts);
    held.push(await whileRunning(agent, cgroup, `read -r line <${folder}/last`));
    const decided = await decisions(state, `${folder}/last`);
    wants("monitor");
    await heldBy(agent, ({ mode }) => mode === "monitor");
    cameThrough["after an edit that lets it"] = through(1);
    wants("enforce");
    await heldBy(agent, ({ mode }) => mode === "enforce");
    agent.process.kill("SIGKILL");
    await agent.ended;
    cameThrough["without an agent"] = through(starts);

    const [left] = readdirSync(pins);
    await using next = await Up.start(words);
    while (readdirSync(pins).includes(String(left))) await askStatus(next.socket);
    cameThrough["under the next agent"] = through(few);
    held.push(await whileRunning(next, cgroup));
    rmSync(file);
    while ((await heldNow(next)).length > 0) continue;
    cameThrough["after its policy was removed"] = through(1);
    wants("enforce");
    held.push(await whileRunning(next, cgroup));
    next.process.kill("SIGKILL");
    await next.ended;
    await using lifted = new Pahlevan(["agent", "--release", "--pin-directory", pins]);
    await lifted.ended;
    cameThrough["after all was lifted"] = through(1);
    return { refuses: await refuses(), starts, few, cameThrough, decided, held };
  } finally {
    await using lifted = new Pahlevan(["up", "--release", "--pin-directory", pins]);
    await lifted.ended;
    execFileSync("umount", [bpf]);
    rmSync(folder, { recursive: true });
  }
}

const enter = 'echo $$ >"$0/cgroup.procs" && exec "$@"';

/** As systemd starts a service: a cgroup of its own, made anew each time, and then its program. */
function began(cgroup: string, program: readonly string[]): number | null {
  mkdirSync(cgroup, { recursive: true });
  const { status } = spawnSync("sh", ["-c", enter, cgroup, ...program], { stdio: "ignore" });
  rmdirSync(cgroup);
  return status;
}

/** What holds it, once the agent has heard of this one, and that all before have ended. */
async function whileRunning(agent: Up, cgroup: string, then = ":"): Promise<string> {
  mkdirSync(cgroup, { recursive: true });
  const waits = ["-c", enter, cgroup, "sh", "-c", `read -r go; ${then}`];
  const service = spawn("sh", waits, { stdio: ["pipe", "ignore", "ignore"] });
  const { policy, workload, phase } = await heldBy(agent, ({ instances }) => instances === 1);
  service.stdin?.end("go\n");
  await once(service, "exit");
  rmdirSync(cgroup);
  return `${workload} by ${policy}: ${phase}`;
}

async function heldNow({ socket }: Up) {
  return heldIn(await askStatus(socket, PATIENCE_MS)).held;
}

type Held = Awaited<ReturnType<typeof heldNow>>[number];

async function heldBy(agent: Up, isSo: (held: Held) => boolean): Promise<Held> {
  for (;;) {
    const found = (await heldNow(agent)).find(isSo);
    if (found !== undefined) return found;
  }
}

/** How many, by facet, before that of the last object: they are written down in their order. */
async function decisions(state: string, last: string): Promise<Record<string, number>> {
  for (;;) {
    const words = ["--most", "100000", "-o", "json", "--state-directory", state];
    await using query = new Pahlevan(["decisions", "query", ...words]);
    await query.ended;
    const all = query.stdout.split("\n").flatMap((line) => (line === "" ? [] : [parsed(line)]));
    if (all.at(-1)?.["object"] !== last) continue;
    const byFacet = Map.groupBy(all.slice(0, -1), ({ facet }) => String(facet));
    return Object.fromEntries(Array.from(byFacet, ([facet, each]) => [facet, each.length]));
  }
}

if (import.meta.main) console.log(JSON.stringify(await restarts(Number(process.argv[2]))));
