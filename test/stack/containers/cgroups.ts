/** A test's own parent cgroup, present in whichever hierarchies a runtime used, and its removal. */
import { existsSync, readdirSync, rmdirSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { PATIENCE_MS } from "../../patience.ts";

let made = 0;

/** Unlike any other test's, and recognisable when it is left behind. */
export function ownCgroup(): string {
  return `/pahlevan-test-${process.pid}-${made++}`;
}

/** Where a cgroup of this path is, in every mounted hierarchy (v2, hybrid and v1 alike). */
function placesOf(path: string): string[] {
  const top = "/sys/fs/cgroup";
  const mounts = existsSync(`${top}/cgroup.procs`)
    ? [top]
    : readdirSync(top).map((name) => `${top}/${name}`);
  return mounts.map((mount) => `${mount}${path}`).filter((place) => existsSync(place));
}

/**
 * Removes the cgroup and all below it. Its processes must have been ended; a zombie may take a
 * moment to leave.
 */
export async function removeCgroup(path: string): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    try {
      for (const place of placesOf(path)) removeTree(place);
      return;
    } catch (error) {
      if (Date.now() > deadline)
        throw new Error(`cgroup ${path} is still in use`, { cause: error });
    }
    await delay(10); // The kernel has no event for "now empty" under v1.
  }
}

/** For a parent that a runtime made and others may use too. */
export function removeIfEmpty(path: string): void {
  for (const place of placesOf(path)) {
    if (!readdirSync(place, { withFileTypes: true }).some((entry) => entry.isDirectory()))
      rmdirSync(place);
  }
}

function removeTree(place: string): void {
  for (const entry of readdirSync(place, { withFileTypes: true })) {
    if (entry.isDirectory()) removeTree(`${place}/${entry.name}`);
  }
  rmdirSync(place);
}
