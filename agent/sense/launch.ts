/** Starts a command so that it is in its cgroup, and watched, before its first instruction. */
import { spawn, type ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";

/**
 * A shell stops itself, is moved into the cgroup as it stands, and goes on by becoming the command:
 * all that it does in there is execve, and what comes before the first exec is told apart anyway.
 */
const starter = 'kill -STOP "$$"; exec "$@"';
const stopMs = 10_000;

export interface Launched {
  readonly pid: number;
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
}

export async function launch(
  command: readonly string[],
  place: (pid: number) => void,
): Promise<Launched> {
  const child = spawn("/bin/sh", ["-c", starter, "pahlevan-run", ...command], { stdio: "inherit" });
  const ended = endOf(child);
  const { pid } = child;
  if (pid === undefined) {
    await ended; // rejects with the reason
    throw new Error("/bin/sh did not start");
  }
  try {
    await stopped(pid);
    place(pid);
  } catch (error) {
    child.kill("SIGKILL");
    throw error;
  }
  process.kill(pid, "SIGCONT");
  return { pid, ended };
}

function endOf(child: ChildProcess): Launched["ended"] {
  const { promise, resolve, reject } = Promise.withResolvers<Awaited<Launched["ended"]>>();
  child.once("exit", (code, signal) => resolve({ code, signal }));
  child.once("error", reject);
  return promise;
}

/** There is no event for "my child has stopped" in Node; it takes a millisecond. */
async function stopped(pid: number): Promise<void> {
  const deadline = performance.now() + stopMs;
  while (performance.now() < deadline) {
    const state = readFileSync(`/proc/${pid}/stat`, "latin1").split(") ").at(-1)?.[0];
    if (state === "T") return;
    await wait(1);
  }
  throw new Error(`the starting shell (pid ${pid}) did not stop within ${stopMs / 1000} s`);
}
