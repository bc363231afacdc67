/**
 * A held service and a container go for the guard itself: while the agent lives, after it was
 * killed, and what the host's own people can do. Prints what came of it as one line of JSON: run in
 * a VM.
 */
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { heldIn } from "../../../agent/cli/policy/held-status.ts";
import { askStatus } from "../../../agent/sense/control-client.ts";
import { findHierarchy } from "../../../agent/workload/hierarchy.ts";
import { Pahlevan, parsed, Up } from "../pahlevan.ts";

export interface ShieldTrial {
  /** By who tried it and when: what was let. */
  readonly let: Readonly<Record<string, readonly string[]>>;
  /** "deny bpf pahlevan's map instances: not allowed: the guard protects itself" */
  readonly decisions: readonly string[];
  /** Whether a program that the policy denies ran, after each step. */
  readonly ran: Readonly<Record<string, boolean>>;
  readonly replaced: boolean;
  readonly lifted: { readonly says: string; readonly pinsLeft: boolean };
}

const unit = "pahlevan-test-web.service";
const pins = "/sys/fs/bpf/pahlevan";
const perl = `perl ${join(import.meta.dirname, "attempts.pl")}`;

const policy = `
apiVersion: policy.pahlevan.io/v1alpha1
kind: PahlevanPolicy
metadata: {name: web}
spec:
  selector: {matchLabels: {pahlevan.io/name: ${unit}}}
  learning: {enabled: false}
  enforcement: {mode: enforce, processes: {deniedBinaries: [/usr/bin/touch]}}
`;

/** A shell that somebody sits at: what it is told to do, and with which code that ended. */
class Shell {
  readonly #process: ChildProcess;
  readonly #lines: AsyncIterator<string, undefined>;

  /** `enter` is what it does before, with the shell's own words behind it. */
  constructor(enter: string) {
    this.#process = spawn("sh", ["-c", enter], { stdio: ["pipe", "pipe", "inherit"] });
    if (this.#process.stdout === null) throw new Error("a shell without output");
    this.#lines = createInterface(this.#process.stdout)[Symbol.asyncIterator]();
  }

  async does(command: string): Promise<number> {
    this.#process.stdin?.write(`( ${command} ) >&2 </dev/null; echo "ended $?"\n`);
    for (;;) {
      const { value, done = false } = await this.#lines.next();
      if (done || value === undefined) throw new Error(`the shell ended before: ${command}`);
      const [, code] = /^ended (\d+)$/.exec(value) ?? [];
      if (code !== undefined) return Number(code);
    }
  }

  async end(): Promise<void> {
    this.#process.stdin?.end();
    if (this.#process.exitCode === null) await once(this.#process, "exit");
  }
}

async function into(cgroup: string): Promise<string> {
  const { mountPoint } = await findHierarchy();
  mkdirSync(join(mountPoint, cgroup), { recursive: true });
  return `echo $$ >${join(mountPoint, cgroup)}/cgroup.procs; exec bash --norc -s`;
}

/** As a runtime begins a container: mounts and a root of its own, and then the cgroup. */
function contained(enter: string): string {
  const root = mkdtempSync(join(tmpdir(), "pahlevan-root-"));
  const script = join(root, "enter");
  const lines = [
    `mount -t tmpfs tmpfs ${root}`,
    `for each in /*; do`,
    `  if [ -L $each ]; then cp -a $each ${root}; continue; fi`,
    `  [ -d $each ] && mkdir ${root}$each && mount --rbind $each ${root}$each`,
    `done`,
    `exec chroot ${root} sh -c '${enter}'`,
  ];
  writeFileSync(script, lines.join("\n"));
  return `exec unshare -m sh ${script}`;
}

interface Target {
  readonly pid: number;
  readonly map: number;
  readonly program: number;
  readonly link: number;
  readonly tree: string;
}

function objects(kind: string): { id: number; name: string }[] {
  const listed: unknown = JSON.parse(
    execFileSync("bpftool", ["-j", kind, "list"], { encoding: "utf8" }),
  );
  if (!Array.isArray(listed)) throw new Error(`bpftool lists no ${kind}`);
  return listed.map((each: unknown) => {
    const { id, name } = parsed(JSON.stringify(each));
    return { id: Number(id), name: String(name) };
  });
}

function idOf(kind: string, name: string): number {
  const found = objects(kind).findLast((each) => each.name === name);
  if (found === undefined) throw new Error(`no ${kind} ${name}`);
  return found.id;
}

/** A descriptor of the agent's of that sort, the only one of what it is of: copies come and go. */
function held(pid: number, field: "link_id" | "map_id"): { fd: string; id: number } {
  const all = readdirSync(`/proc/${pid}/fdinfo`).flatMap((fd) => {
    const [, id] = new RegExp(`^${field}:\\s*(\\d+)`, "m").exec(infoOf(pid, fd)) ?? [];
    return id === undefined ? [] : [{ fd, id: Number(id) }];
  });
  const only = all.find(({ id }) => all.filter((other) => other.id === id).length === 1);
  if (only !== undefined) return only;
  throw new Error(`the agent holds nothing with a ${field}`);
}

function infoOf(pid: number, fd: string): string {
  try {
    return readFileSync(`/proc/${pid}/fdinfo/${fd}`, "utf8");
  } catch {
    return "";
  }
}

function targetOf(pid: number): Target {
  const [tree = ""] = readdirSync(pins);
  return {
    pid,
    map: idOf("map", "instances"),
    program: idOf("prog", "on_unlink"),
    link: held(pid, "link_id").id,
    tree: join(pins, tree),
  };
}

function attempts(
  { pid, map, program, link, tree }: Target,
  lives: boolean,
): Record<string, string> {
  const pin = join(tree, "on_send4");
  return {
    "open the map by its number": `${perl} map ${map}`,
    "open the program by its number": `${perl} program ${program}`,
    "open the link by its number": `${perl} link ${link}`,
    "open the pin, then detach": `${perl} detach ${pin}`,
    "open the pin to itself, then detach": `chmod 600 ${pin} && ${perl} detach ${pin}`,
    "remove the pin": `rm -f ${pin}`,
    "give the pin another name": `mv ${pin} /sys/fs/bpf/mine`,
    "give the pin a second name": `ln ${pin} /sys/fs/bpf/mine`,
    "move the folder": `mv ${tree} /sys/fs/bpf/tree`,
    "move all of it": `mv ${pins} /sys/fs/bpf/all`,
    ...(lives ? { "take a descriptor": `${perl} steal ${pid} ${held(pid, "map_id").fd}` } : {}),
  };
}

/** What a container unmounts of its own is its own affair. */
const unmounting = { unmount: "umount /sys/fs/bpf", "unmount what it is in": "umount -l /sys" };

/** Another cgroup, and so another instance. */
function fromOutside({ map }: Target): Record<string, string> {
  return {
    "leave, then open the map": `echo $$ >/sys/fs/cgroup/cgroup.procs && ${perl} map ${map}`,
  };
}

async function instancesHeld({ socket }: Up): Promise<number> {
  const status = await askStatus(socket);
  return status === undefined ? 0 : (heldIn(status).held[0]?.instances ?? 0);
}

async function letOf(
  shell: Shell,
  tried: Readonly<Record<string, string>>,
  before = "",
): Promise<string[]> {
  const taken: string[] = [];
  for (const [name, command] of Object.entries(tried))
    if ((await shell.does(`${before} sh -c '${command}'`)) === 0) taken.push(name);
  return taken;
}

async function decisions(state: string): Promise<string[]> {
  const words = ["decisions", "query", "--most", "10000", "-o", "json", "--state-directory", state];
  await using query = new Pahlevan(words);
  await query.ended;
  const lines = query.stdout.split("\n").filter((line) => line !== "");
  const said = lines.map((line) => {
    const { action, facet, object, reason } = parsed(line);
    return `${String(action)} ${String(facet)} ${String(object)}: ${String(reason)}`;
  });
  return [...new Set(said)];
}

async function trial(): Promise<ShieldTrial> {
  const folder = mkdtempSync(join(tmpdir(), "pahlevan-shield-"));
  const state = join(folder, "state");
  const touched = join(folder, "touched");
  mkdirSync(join(folder, "policies"));
  writeFileSync(join(folder, "policies", "web.yaml"), policy);
  const up = () => Up.start(["--policy", join(folder, "policies"), "--state-directory", state]);
  const ran: Record<string, boolean> = {};
  const done: Record<string, string[]> = {};
  const first = await up();
  const service = new Shell(await into(`/system.slice/${unit}`));
  const container = new Shell(contained(await into("/pahlevan-test-container")));
  const touches = async (when: string) => {
    await service.does(`/usr/bin/touch ${touched}`);
    ran[when] = existsSync(touched);
  };
  while ((await instancesHeld(first)) !== 1) continue;
  const pid = first.process.pid ?? 0;
  const target = targetOf(pid);
  const others = "nsenter -t 1 -m";
  const alive = attempts(target, true);
  const { "open the map by its number": open = "", "take a descriptor": take = "" } = alive;
  const host = new Shell("exec bash --norc -s");
  // So many are told of in a second, and bpftool's lists have taken this one's.
  await delay(1_500);
  done["the host"] = await letOf(host, { open, take });
  done["a held service"] = await letOf(service, { ...alive, ...unmounting });
  done["a container"] = await letOf(container, alive);
  done["a container, in the host's mounts"] = await letOf(
    container,
    { ...alive, ...unmounting, ...fromOutside(target) },
    others,
  );
  await touches("alive");
  first.process.kill("SIGKILL");
  await first.ended;
  const told = await decisions(state);
  const dead = attempts(target, false);
  done["a held service, no agent"] = await letOf(service, { ...dead, ...unmounting });
  done["a container, no agent"] = await letOf(
    container,
    { ...dead, ...unmounting, ...fromOutside(target) },
    others,
  );
  await touches("no agent");
  const [before] = readdirSync(pins);
  const next = await up();
  while (readdirSync(pins).length > 1) await askStatus(next.socket);
  const replaced = !readdirSync(pins).includes(before ?? "");
  await touches("the next agent");
  next.process.kill("SIGTERM");
  await next.ended;
  await touches("the next agent has ended");
  await using lifted = new Pahlevan(["up", "--release"]);
  await lifted.ended;
  await touches("lifted");
  for (const shell of [service, container, host]) await shell.end();
  const says = `${lifted.stdout}${lifted.stderr}`;
  return {
    let: done,
    decisions: told,
    ran,
    replaced,
    lifted: { says, pinsLeft: existsSync(pins) },
  };
}

if (import.meta.main) console.log(JSON.stringify(await trial()));
