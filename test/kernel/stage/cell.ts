/** A plain cgroup of the test's own in which it runs programs: for what needs no container. */
import { mkdirSync } from "node:fs";
import type { Hierarchy } from "@pahlevan/agent/workload/hierarchy.ts";
import { ownCgroup, removeCgroup } from "../../stack/containers/cgroups.ts";
import { run } from "../../stack/containers/command.ts";
import { buildAct } from "./build.ts";

export class Cell {
  /** Within the tracked hierarchy. */
  readonly cgroup: string;
  readonly #act: string;
  readonly #mountPoint: string;

  static async make(hierarchy: Hierarchy, cgroup?: string): Promise<Cell> {
    return new Cell(hierarchy, await buildAct(), cgroup ?? ownCgroup());
  }

  private constructor({ mountPoint }: Hierarchy, act: string, cgroup: string) {
    this.cgroup = cgroup;
    this.#act = act;
    this.#mountPoint = mountPoint;
    mkdirSync(`${mountPoint}${cgroup}`);
  }

  /** Does these steps in the cgroup, from the first exec on. */
  async run(...steps: readonly string[]): Promise<void> {
    const enter = 'echo $$ > "$0" && exec "$@"';
    const procs = `${this.#mountPoint}${this.cgroup}/cgroup.procs`;
    await run("sh", ["-c", enter, procs, this.#act, ...steps]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await removeCgroup(this.cgroup);
  }
}
