/** A cgroup for what is measured, which Pahlevan takes for a workload; and its end. */
import { mkdirSync, readFileSync, rmdirSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import type { Hierarchy } from "../../agent/workload/hierarchy.ts";

const END_MS = 10_000;

export class BenchCgroup {
  readonly path: string;
  /** Of the unit, as which Pahlevan knows it. */
  readonly name: string;

  constructor({ mountPoint }: Hierarchy, name: string) {
    this.name = `pahlevan-bench-${process.pid}-${name}.service`;
    this.path = `${mountPoint}/${this.name}`;
    mkdirSync(this.path);
  }

  /** A command line that runs this program in here. */
  command(program: string, ...args: readonly string[]): [string, string[]] {
    const enter = `echo $$ >"${this.path}/cgroup.procs" && exec "$0" "$@"`;
    return ["sh", ["-c", enter, program, ...args]];
  }

  pids(): number[] {
    return readFileSync(`${this.path}/cgroup.procs`, "utf8")
      .split("\n")
      .filter(Boolean)
      .map(Number);
  }

  /** Ends what is left in it. A process that ended is in it until it is gone altogether. */
  async remove(): Promise<void> {
    for (const pid of this.pids()) process.kill(pid, "SIGKILL");
    const began = performance.now();
    while (!this.#isGone()) {
      if (performance.now() - began > END_MS) throw new Error(`${this.path}: does not empty`);
      await delay(5);
    }
  }

  #isGone(): boolean {
    try {
      rmdirSync(this.path);
      return true;
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "EBUSY") return false;
      throw error;
    }
  }
}
