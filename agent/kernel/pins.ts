/**
 * Links that stay in the kernel when this process is gone: a folder for each start, in one for all.
 * Whoever starts pins its own and only then removes those of agents that are gone, so that there is
 * no moment in which nobody holds; a start that fails has changed nothing.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, rmdirSync, statfsSync, unlinkSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { BpfLink, hasProgram } from "@pahlevan/native";
import { startOf } from "./own-pid.ts";

const BPF_FS_MAGIC = 0xcafe4a11;
const lookMs = 20;

/** Whose link was pinned under that name. */
export interface PinnedProgram {
  readonly name: string;
  readonly id: number;
}

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

  /** Its programs, which end once their links and they themselves are closed: see untilGone(). */
  remove(): readonly PinnedProgram[] {
    const removed = removeTree(this.#own);
    removeIfEmpty(this.#all);
    return removed;
  }
}

/** How many links agents that are gone left in force. */
export function pinsLeft(folder: string): number {
  return treesLeft(folder).reduce((sum, tree) => sum + readdirSync(tree).length, 0);
}

/** Lifts what they left. The programs that it held, which go on until they are gone. */
export function removePins(folder: string): readonly PinnedProgram[] {
  const removed = treesLeft(folder).flatMap((tree) => removeTree(tree));
  removeIfEmpty(folder);
  return removed;
}

/**
 * The kernel takes links that lost their pins away by a worker, one after the other and each after
 * grace periods of its own: on 6.12 that takes seconds, in which their programs run on. A link's
 * number is gone before that, its program's after it. Those of which none went for so long.
 */
export async function untilGone(
  programs: readonly PinnedProgram[],
  patienceMs: number,
): Promise<readonly PinnedProgram[]> {
  let left = programs;
  for (let lastMs = performance.now(); ; await delay(lookMs)) {
    const now = left.filter(({ id }) => hasProgram(id));
    if (now.length < left.length) lastMs = performance.now();
    left = now;
    if (left.length === 0 || performance.now() - lastMs >= patienceMs) return left;
  }
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

function removeTree(tree: string): PinnedProgram[] {
  const programs = readdirSync(tree).map((name) => ({ name, id: programPinned(join(tree, name)) }));
  for (const { name } of programs) unlinkSync(join(tree, name));
  rmdirSync(tree);
  return programs;
}

function programPinned(path: string): number {
  const link = BpfLink.fromPin(path);
  const { programId } = link;
  link.close();
  return programId;
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
