/**
 * Links that stay in the kernel when this process is gone: a folder for each start, in one for all.
 * Whoever starts pins its own and only then removes those of agents that are gone, so that there is
 * no moment in which nobody holds; a start that fails has changed nothing.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, rmdirSync, statfsSync, unlinkSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { BpfLink } from "@pahlevan/native";
import { startOf } from "./own-pid.ts";

const BPF_FS_MAGIC = 0xcafe4a11;

export class Pins {
  readonly #all: string;
  readonly #own: string;

  /** Throws where nothing can be pinned there. */
  constructor(folder: string) {
    expectBpfFs(folder);
    this.#all = folder;
    this.#own = join(folder, `${process.pid}-${startOf(process.pid)}`);
    mkdirSync(this.#own, { recursive: true, mode: 0o700 });
  }

  /** Where the pins are, and what they are in. */
  get folders(): readonly string[] {
    return [this.#all, this.#own];
  }

  /** Nobody may read it, from the first moment: see on_pin_opened in bpf/. */
  pin(program: string, link: BpfLink): void {
    const before = process.umask(0o777);
    try {
      link.pin(join(this.#own, program));
    } finally {
      process.umask(before);
    }
  }

  /** Those of agents that are gone: from now on only this one's programs run. */
  removeOthers(): void {
    removePins(this.#all);
  }

  /** Once its links are closed nothing of this one is left. */
  remove(): void {
    removeTree(this.#own);
    removeIfEmpty(this.#all);
  }
}

/** How many links agents that are gone left in force. */
export function pinsLeft(folder: string): number {
  return treesLeft(folder).reduce((sum, tree) => sum + readdirSync(tree).length, 0);
}

/** Lifts what they left. How many links that were. */
export function removePins(folder: string): number {
  const removed = treesLeft(folder).reduce((sum, tree) => sum + removeTree(tree), 0);
  removeIfEmpty(folder);
  return removed;
}

function treesLeft(folder: string): string[] {
  return treesIn(folder).filter((tree) => {
    const [pid = "", start] = basename(tree).split("-");
    return startOf(Number(pid)) !== start;
  });
}

function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // There is none, or somebody else has something in there.
  }
}

function treesIn(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && /^\d+-\d+$/.test(entry.name))
      .map(({ name }) => join(folder, name));
  } catch {
    return [];
  }
}

function removeTree(tree: string): number {
  const links = readdirSync(tree);
  for (const link of links) unlinkSync(join(tree, link));
  rmdirSync(tree);
  return links.length;
}

/** systemd mounts it; where nobody did, we do. */
function expectBpfFs(folder: string): void {
  const place = dirname(folder);
  if (isBpfFs(place)) return;
  if (place === "/sys/fs/bpf") execFileSync("mount", ["-t", "bpf", "bpf", place]);
  if (!isBpfFs(place))
    throw new Error(`${place} is no BPF file system (mount -t bpf bpf ${place})`);
}

function isBpfFs(path: string): boolean {
  try {
    return statfsSync(path).type === BPF_FS_MAGIC;
  } catch {
    return false;
  }
}
