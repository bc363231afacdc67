/**
 * A service that an intruder talks to over a connection that stands, quarantined: while its agent
 * lives, when that was killed, when the next one has taken over, and when it is lifted again.
 * Prints what came through as one line of JSON where it is run by itself, as in a VM.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { once } from "node:events";
import { join } from "node:path";
import { loopOf, type ToldLoop } from "../../../agent/cli/loop/told.ts";
import { askStatus } from "../../../agent/sense/control-client.ts";
import { findHierarchy } from "../../../agent/workload/hierarchy.ts";
import { PATIENCE_MS } from "../../patience.ts";
import { removeIfEmpty } from "../../stack/containers/cgroups.ts";
import { Pahlevan, parsed, Up } from "../pahlevan.ts";
import { host, inside, makeNetwork, network } from "./network.ts";
import { Intruder, Talker } from "./talk.ts";

/** What comes through of the connection that stands, of new ones, and within the instance. */
export interface Through {
  readonly said: boolean;
  readonly heard: boolean;
  readonly dialled: boolean;
  readonly cameIn: boolean;
  readonly loopback: boolean;
}

export interface QuarantineTrial {
  readonly through: Readonly<Record<string, Through>>;
  /** How many are cut off, as the agent says, after each step. */
  readonly cut: Readonly<Record<string, number>>;
  readonly says: string;
  readonly decisions: readonly string[];
  /** After all was lifted: of pins, and of programs on the instance's cgroup. */
  readonly left: readonly string[];
}

const port = 7791;
const slice = "/system.slice/system-pahlevan\\x2dtest\\x2dcut.slice";
/** Nobody answers who is dropped: that is given up after so long. */
const answerMs = 1_000;

const policy = `
apiVersion: policy.pahlevan.io/v1alpha1
kind: PahlevanPolicy
metadata: {name: cut}
spec:
  selector: {matchLabels: {pahlevan.io/name: "pahlevan-test-cut@.service"}}
  learning: {enabled: false}
  enforcement: {mode: enforce, canary: {steps: ["100%"]}}
`;

export async function quarantineTrial(): Promise<QuarantineTrial> {
  const folder = mkdtempSync("/opt/pahlevan-cut-");
  const [file, state, bpf] = ["policy.yaml", "state", "bpf"].map((name) => join(folder, name));
  if (file === undefined || state === undefined || bpf === undefined) throw new Error("no names");
  const pins = join(bpf, "pahlevan");
  mkdirSync(bpf);
  execFileSync("mount", ["-t", "bpf", "bpf", bpf]);
  writeFileSync(file, policy);
  const words = ["--policy", file, "--state-directory", state, "--pin-directory", pins];
  try {
    using _network = makeNetwork();
    return await steps(words, pins, state);
  } finally {
    await release(pins);
    for (const path of [slice, "/system.slice"]) removeIfEmpty(path);
    execFileSync("umount", [bpf]);
    rmSync(folder, { recursive: true });
  }
}

async function steps(
  words: readonly string[],
  pins: string,
  state: string,
): Promise<QuarantineTrial> {
  const { mountPoint } = await findHierarchy();
  await using intruder = await Intruder.listening(host, port);
  await using agent = await Up.start(words);
  const begins = (name: string, own: number) =>
    Talker.begin({
      cgroup: join(mountPoint, slice, `pahlevan-test-cut@${name}.service`),
      network,
      peer: [host, port],
      own,
    });
  await using talker = await begins("a", port + 1);
  const through: Record<string, Through> = {};
  const cut: Record<string, number> = {};
  const notes = async (when: string, by?: Up) => {
    through[when] = await throughOf(talker, intruder);
    if (by !== undefined) cut[when] = (await loopOn(by)).cut.instances;
  };

  await until(agent, ({ phase, instances }) => phase === "Enforcing" && instances === 1);
  await notes("before", agent);
  await move(agent, "quarantine");
  await notes("quarantined", agent);
  const says = await told(["loop", "status", "--control-socket", agent.socket]);
  const decisions = await decisionsIn(state);
  await using newcomer = await begins("b", port + 2);
  await until(agent, ({ instances, cut: { instances: are } }) => instances === 2 && are === 2);
  through["who begins meanwhile"] = await throughOf(newcomer, intruder);
  await newcomer[Symbol.asyncDispose]();
  await kill(agent);
  await notes("without an agent");

  const before = readdirSync(pins);
  await using next = await Up.start(words);
  while (readdirSync(pins).some((name) => before.includes(name))) await askStatus(next.socket);
  await notes("under the next agent", next);
  await move(next, "resume");
  await talker.isHeardBy(intruder);
  await notes("resumed", next);
  await move(next, "quarantine");
  await kill(next);
  await notes("quarantined again");
  await release(pins);
  await talker.isHeardBy(intruder);
  await notes("released");
  const left = [...(existsSync(pins) ? readdirSync(pins) : []), ...programsOn(talker.cgroup)];
  return { through, cut, says, decisions, left };
}

async function throughOf(talker: Talker, intruder: Intruder): Promise<Through> {
  const dialled = await talker.dials();
  const talk = await talker.talksTo(intruder);
  const loopback = answersWithin(talker.own) === "well\n";
  return { ...talk, dialled, cameIn: await comesIn(talker.own), loopback };
}

/** Who asks is of another cgroup; without an answer his own alarm ends him. */
function answersWithin(own: number): string {
  const asks = `alarm 5; $s = IO::Socket::INET->new("127.0.0.1:${own}"); print <$s> if $s`;
  const words = [`--net=${network}`, "perl", "-MIO::Socket::INET", "-e", asks];
  return spawnSync("nsenter", words).stdout.toString();
}

async function comesIn(own: number): Promise<boolean> {
  const socket = connect(own, inside);
  socket.setTimeout(answerMs, () => socket.destroy(new Error("nobody answers")));
  try {
    await once(socket, "data");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

async function loopOn({ socket }: Up): Promise<ToldLoop> {
  for (;;) {
    const [loop] = loopOf(await askStatus(socket, PATIENCE_MS));
    if (loop !== undefined) return loop;
  }
}

async function until(agent: Up, isSo: (loop: ToldLoop) => boolean): Promise<void> {
  while (!isSo(await loopOn(agent))) continue;
}

async function told(words: readonly string[]): Promise<string> {
  await using command = new Pahlevan(words);
  await command.ended;
  return command.stdout + command.stderr;
}

async function move({ socket }: Up, kind: string): Promise<void> {
  const said = await told(["loop", kind, "--control-socket", socket, "--reason", "a test", "cut"]);
  if (!said.includes("accepted")) throw new Error(`the loop was not moved: ${said}`);
}

async function kill(agent: Up): Promise<void> {
  agent.process.kill("SIGKILL");
  await agent.ended;
}

async function release(pins: string): Promise<void> {
  await told(["up", "--release", "--pin-directory", pins]);
}

async function decisionsIn(state: string): Promise<string[]> {
  const lines = await told(["decisions", "query", "-o", "json", "--state-directory", state]);
  const all = lines.split("\n").filter((line) => line !== "");
  return all.map((line) => {
    const { action, facet, kind, object, policy: by, reason } = parsed(line);
    return [action, facet, kind, object, by, reason].map(String).join(" ");
  });
}

function programsOn(cgroup: string): string[] {
  const said = execFileSync("bpftool", ["-j", "cgroup", "show", cgroup]).toString();
  const programs: unknown = JSON.parse(said.trim() || "[]");
  return Array.isArray(programs) ? programs.map((program) => JSON.stringify(program)) : [said];
}

if (import.meta.main) console.log(JSON.stringify(await quarantineTrial()));
