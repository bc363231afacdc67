/**
 * A process' own files below /proc, whose number differs with every process: named as the kernel
 * lets a process name itself.
 */
import type { ProcessFacts } from "./event.ts";

/**
 * Only where the number is the acting process' own. In a container /proc shows the numbers of its
 * own pid namespace, which records do not carry: those paths stay as they are, and nobody
 * generalises them.
 */
export function ownProcess(path: string, process: ProcessFacts | undefined): string {
  if (process === undefined || !path.startsWith("/proc/")) return path;
  const [, proc, pid, task, tid, ...rest] = path.split("/");
  if (pid !== String(process.pid)) return path;
  if (task === "task" && tid === String(process.tid)) return named(proc, "thread-self", rest);
  return named(proc, "self", [task, tid, ...rest]);
}

function named(...[proc, self, rest]: [string | undefined, string, (string | undefined)[]]) {
  return ["", proc, self, ...rest.filter((part) => part !== undefined)].join("/");
}
