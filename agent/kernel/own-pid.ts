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
 * When the process began, in ticks since the boot: with its pid that is one process and no other.
 * Undefined where there is none that lives.
 */
export function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    // Behind the name, which may hold anything: the state is field 3, the start field 22.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

/** Whether /proc/<pid> is about the process that the kernel means by this pid. */
export function procShows(pid: number): boolean {
  try {
    return readlinkSync("/proc/self") === String(pid);
  } catch {
    return false;
  }
}
