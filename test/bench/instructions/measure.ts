/**
 * Runs inside the VM: counts bare, or beside what the agent is compared with, starts the agent,
 * counts again. Prints one line of JSON.
 */
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { release } from "node:os";
import { createInterface } from "node:readline";

// Where a systemd unit would lie, so that an agent takes it for a workload; for both counts.
const CGROUP = "/sys/fs/cgroup/system.slice/bench.service";
const ON_FILES = ["open+close", "unlink", "rename"];
const DISK = "/srv/disk";
/**
 * Where files lie, as it is said behind an operation's name, and from where on ops.c makes a path
 * of nine parts. The VM's root is an overlay over tmpfs; what containers have is one over a disk.
 */
const places = [
  { place: "", directory: "/run/tmp/ops", operations: [] },
  { place: ", overlay", directory: "/srv/ops/overlay", operations: ON_FILES },
  { place: ", ext4", directory: `${DISK}/a/ops`, operations: ON_FILES },
  { place: ", overlay on ext4", directory: "/srv/container/ops", operations: ON_FILES },
];
const PROGRAM = "/run/tmp/nothing";

const [, , ops = "", nothing = "", ready = "", comparedWith = "", ...agent] = process.argv;

function count(): string {
  return places.map(counted).join("");
}

function counted({ place, directory, operations }: (typeof places)[number]): string {
  mkdirSync(directory, { recursive: true });
  const enter = `echo $$ >${CGROUP}/cgroup.procs && exec "$0" "$@"`;
  const words = ["-c", enter, ops, directory, PROGRAM, ...operations];
  const output = execFileSync("sh", words, {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  rmSync(directory, { recursive: true });
  return output.replaceAll(/"name": "([^"]*)"/g, `"name": "$1${place}"`);
}

/** ext4 on a disk in memory, and a container's overlay on that. */
function mountDisk(): void {
  const quietly = (command: string, ...words: string[]) =>
    execFileSync(command, words, { stdio: ["ignore", "ignore", "inherit"] });
  quietly("mkfs.ext4", "-q", "-b", "4096", "/dev/ram0");
  mkdirSync(DISK);
  quietly("mount", "-t", "ext4", "/dev/ram0", DISK);
  for (const each of ["lower", "upper", "work"]) mkdirSync(`${DISK}/${each}`);
  mkdirSync("/srv/container");
  const layers = `lowerdir=${DISK}/lower,upperdir=${DISK}/upper,workdir=${DISK}/work`;
  quietly("mount", "-t", "overlay", "-o", layers, "overlay", "/srv/container");
}

async function start(command: readonly string[]): Promise<ChildProcess> {
  // On the one processor that counts it does its part when what is counted waits.
  const child = spawn("chrt", ["--idle", "0", ...command], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const failed = once(child, "exit").then(([code]) => {
    throw new Error(`the agent ended (${String(code)}) before it said "${ready}"`);
  });
  const said = (async () => {
    for await (const line of createInterface(child.stdout)) {
      writeFileSync("/dev/stderr", `agent: ${line}\n`);
      if (line.includes(ready)) return;
    }
    await failed;
  })();
  await Promise.race([said, failed]);
  child.stdout.resume();
  return child;
}

async function countBeside(command: string): Promise<string> {
  const child = await start(["sh", "-c", `exec ${command}`]);
  const counted = count();
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  await ended;
  return counted;
}

mkdirSync(CGROUP, { recursive: true });
copyFileSync(nothing, PROGRAM);
mountDisk();
count(); // the first pass fills slabs and page tables: it is dearer than any later one
const bare = comparedWith === "" ? count() : await countBeside(comparedWith);
if (agent.length === 0) {
  console.log(JSON.stringify({ release: release(), bare }));
} else {
  const child = await start(agent);
  const sensed = count();
  console.log(JSON.stringify({ release: release(), bare, sensed }));
  child.kill("SIGTERM");
  process.exit(); // the VM ends with us, and the agent with the VM
}
