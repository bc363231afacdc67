/**
 * The cgroups that exist: their ids and paths, listed by a bounded walk, and the path of an id that
 * came without one.
 */
import { lstatSync, readdirSync } from "node:fs";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Hierarchy } from "./hierarchy.ts";

export interface CgroupEntry {
  /** The inode of the cgroup's directory; the kernel's cgroup id on 64-bit machines. */
  readonly id: bigint;
  /** Within the hierarchy, from its root: "/", "/system.slice/nginx.service". */
  readonly path: string;
}

export interface Walk {
  /** Parents before their children. */
  readonly cgroups: readonly CgroupEntry[];
  /** There are more than the limit. */
  readonly truncated: boolean;
  /** Directories that were gone, or unreadable, when their turn came. */
  readonly vanished: number;
}

export interface CgroupTreeOptions {
  /** Most cgroups that one walk lists and the cache holds. */
  readonly limit?: number;
  /**
   * Shortest time between two walks for ids without a path: a flood of unknown ids costs one walk.
   */
  readonly rewalkMs?: number;
  readonly now?: () => number;
}

/** The event loop gets a turn after so many directories (1.5 ms; 3 000 cgroups take 70 ms). */
const directoriesPerTurn = 64;

/**
 * The kernel's events carry the path of a new cgroup, so `learn` is the usual way in, and costs no
 * I/O. `pathOf` is for the rest: what existed before the agent looked, and ids whose first event
 * was lost.
 */
export class CgroupTree {
  readonly #hierarchy: Hierarchy;
  readonly #limit: number;
  readonly #rewalkMs: number;
  readonly #now: () => number;
  readonly #paths = new Map<bigint, string>();
  #lastWalkAt = Number.NEGATIVE_INFINITY;
  #walking: Promise<Walk> | undefined;

  constructor(hierarchy: Hierarchy, options: CgroupTreeOptions = {}) {
    this.#hierarchy = hierarchy;
    this.#limit = options.limit ?? 65_536;
    this.#rewalkMs = options.rewalkMs ?? 250;
    this.#now = options.now ?? (() => performance.now());
  }

  /**
   * Lists what exists now. What the walk no longer finds is forgotten; callers at the same time
   * share one walk.
   */
  walk(): Promise<Walk> {
    this.#walking ??= this.#walkOnce().finally(() => {
      this.#lastWalkAt = this.#now();
      this.#walking = undefined;
    });
    return this.#walking;
  }

  async pathOf(id: bigint): Promise<string | undefined> {
    if (!this.#paths.has(id)) {
      if (this.#walking === undefined && this.#now() - this.#lastWalkAt < this.#rewalkMs)
        return undefined;
      await this.walk();
    }
    return this.#paths.get(id);
  }

  /** The path where it is known already; never touches the disk. */
  known(id: bigint): string | undefined {
    return this.#paths.get(id);
  }

  learn(id: bigint, path: string): void {
    if (this.#paths.size < this.#limit) this.#paths.set(id, path);
  }

  forget(id: bigint): void {
    this.#paths.delete(id);
  }

  async #walkOnce(): Promise<Walk> {
    const { mountPoint, root } = this.#hierarchy;
    const prefix = root === "/" ? "" : root;
    const before = new Set(this.#paths.keys());
    const cgroups: CgroupEntry[] = [];
    let vanished = 0;
    let truncated = false;

    // A queue, not recursion: depth is the users' choice. `next` moves instead of shift(), which
    // would be quadratic.
    const queue: string[] = [""];
    for (let next = 0; next < queue.length; next++) {
      if (cgroups.length >= this.#limit) {
        truncated = true;
        break;
      }
      const below = queue[next] ?? "";
      try {
        const { ino } = lstatSync(`${mountPoint}${below}`, { bigint: true });
        cgroups.push({ id: ino, path: `${prefix}${below}` || "/" });
        for (const entry of readdirSync(`${mountPoint}${below}`, { withFileTypes: true })) {
          if (entry.isDirectory()) queue.push(`${below}/${entry.name}`);
        }
      } catch {
        vanished++; // Removed since its parent was read: as if it had never been listed.
      }
      if (next % directoriesPerTurn === directoriesPerTurn - 1) await nextTurn();
    }

    // Only what was known before the walk can have gone; what was learned meanwhile stays.
    if (!truncated) for (const id of before) this.#paths.delete(id);
    for (const { id, path } of cgroups) this.learn(id, path);
    return { cgroups, truncated, vanished };
  }
}
