/**
 * Which program costs what: in a counting VM, each operation alone, runs and instructions of every
 * program by the kernel's own statistics. For people at work on `bpf/`:
 * `node test/kernel/vm/cli.ts --kernel 6.1 --icount -- node test/bench/breakdown.ts`
 */
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, rmdirSync, rmSync } from "node:fs";
import { Sensors } from "../../agent/kernel/sensors.ts";
import { findHierarchy } from "../../agent/workload/hierarchy.ts";
import { buildPrograms } from "./instructions/build.ts";

const operations = [
  ...["getppid", "open+close", "fork+exit+wait", "vfork+execve+wait"],
  ...["tcp connect+accept+close", "udp sendto", "unlink", "rename"],
];
const wanted = operations.filter((name) => process.argv.slice(2).includes(name));
const DIRECTORY = "/run/tmp/ops";
const PROGRAM = "/run/tmp/nothing";

const hierarchy = await findHierarchy();
const cgroup = `${hierarchy.mountPoint}/bench.service`;
const { ops, nothing } = await buildPrograms();
mkdirSync(cgroup, { recursive: true });
copyFileSync(nothing, PROGRAM);

const sensors = Sensors.start({ hierarchy, runStats: true, onRecord: () => undefined });
const learning = process.argv.includes("--learning");
if (!learning) sensors.detachSyscalls();

for (const operation of wanted.length > 0 ? wanted : operations) {
  const before = new Map(sensors.programs().map((program) => [program.name, program]));
  mkdirSync(DIRECTORY);
  const enter = `echo $$ >${cgroup}/cgroup.procs && exec "$0" "$@"`;
  const line = execFileSync("sh", ["-c", enter, ops, DIRECTORY, PROGRAM, operation]);
  rmSync(DIRECTORY, { recursive: true });
  console.log(line.toString().trim());
  for (const { name, runCount, runTimeNs } of sensors.programs()) {
    const runs = runCount - (before.get(name)?.runCount ?? 0);
    const each = (runTimeNs - (before.get(name)?.runTimeNs ?? 0)) / runs;
    // Fewer are those of the start and the end.
    if (runs >= 200)
      console.log(`  ${name.padEnd(20)} ${String(runs).padStart(6)} runs × ${each.toFixed(0)}`);
  }
}
for (const { place, error, count } of sensors.failures())
  console.log(`failure at ${place}: ${error}, ${count} times`);
sensors.close();
rmdirSync(cgroup);
