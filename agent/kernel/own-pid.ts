/** Which process the programs in the kernel have to take for Pahlevan itself. */
import { readFileSync, readlinkSync } from "node:fs";
import { ownPid } from "@pahlevan/native";

/** What /proc/self/ns/pid shows in the initial pid namespace, on every kernel since 3.8. */
const INITIAL = "pid:[4026531836]";

/** Undefined in a pid namespace below the initial one, where the kernel does not say. */
export function pidForKernel(): number | undefined {
  return ownPid() ?? (namespace() === INITIAL ? process.pid : undefined);
}

function namespace(): string | undefined {
  try {
    return readlinkSync("/proc/self/ns/pid");
  } catch {
    return undefined; // no /proc: nobody can tell
  }
}

/**
 * When this process began, in the kernel's ticks after boot. Its name may hold blanks and brackets.
 */
export function startTicks(): bigint {
  const stat = readFileSync("/proc/self/stat", "utf8");
  const behindName = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return BigInt(behindName[19] ?? 0);
}

/** Whether /proc/<pid> is about the process that the kernel means by this pid. */
export function procShows(pid: number): boolean {
  try {
    return readlinkSync("/proc/self") === String(pid);
  } catch {
    return false;
  }
}
