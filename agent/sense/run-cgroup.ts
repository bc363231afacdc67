/** A cgroup for one command: made, entered, emptied, removed. */
import { mkdirSync, readdirSync, readFileSync, rmdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Hierarchy } from "../workload/hierarchy.ts";

/** Where the commands of `pahlevan run` live; agent/workload knows them by it. */
const parent = "pahlevan";

export class RunCgroup {
  readonly folder: string;
  readonly #parentFolder: string;

  private constructor(hierarchy: Hierarchy, name: string) {
    this.#parentFolder = join(hierarchy.mountPoint, parent);
    this.folder = join(this.#parentFolder, name);
  }

  /** The number keeps two runs of the same name apart; the workload's name is without it. */
  static make(hierarchy: Hierarchy, name: string, number: number): RunCgroup {
    const cgroup = new RunCgroup(hierarchy, `${cgroupName(name)}-${number}`);
    mkdirSync(cgroup.folder, { recursive: true });
    return cgroup;
  }

  get id(): bigint {
    return statSync(this.folder, { bigint: true }).ino;
  }

  add(pid: number): void {
    writeFileSync(join(this.folder, "cgroup.procs"), `${pid}\n`);
  }

  /** Also of the cgroups that the command made below its own. */
  processes(): number[] {
    return folders(this.folder).flatMap((folder) =>
      readFileSync(join(folder, "cgroup.procs"), "utf8").split("\n").filter(Boolean).map(Number),
    );
  }

  kill(signal: NodeJS.Signals): void {
    for (const pid of this.processes()) {
      try {
        process.kill(pid, signal);
      } catch {
        // It ended meanwhile.
      }
    }
  }

  /** Throws while a process lives in it. */
  remove(): void {
    for (const folder of folders(this.folder).reverse()) rmdirSync(folder);
    try {
      rmdirSync(this.#parentFolder);
    } catch {
      // Another run is in there.
    }
  }
}

/** Parents before children. Gone ones are left out. */
function folders(top: string): string[] {
  const found = [top];
  for (const folder of found) {
    try {
      for (const entry of readdirSync(folder, { withFileTypes: true })) {
        if (entry.isDirectory()) found.push(join(folder, entry.name));
      }
    } catch {
      found.splice(found.indexOf(folder), 1);
    }
  }
  return found;
}

/** What a directory may be called, and no more than a name is worth. */
function cgroupName(name: string): string {
  return (
    name
      .replace(/[^A-Za-z0-9_.@-]/g, "_")
      .replace(/^\.+/, "_")
      .slice(0, 100) || "_"
  );
}
