/** How a demo is taken away, step by step: its processes, its containers, its files. */
import { existsSync, rmdirSync, rmSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { removeContainer } from "./container.ts";
import { partsOf, type Kind } from "./parts.ts";
import { replicas } from "./words.ts";

const lookMs = 100;
/** For a command to be through, for a server to end by itself, and for one that was killed. */
const patienceMs = 15_000;

export function takingAway(mark: string, folder?: string): (() => void | Promise<void>)[] {
  return [
    // A container that is being made would come after it was removed.
    () => gone(mark, "command"),
    () => serversEnd(mark),
    ...replicas.map((replica) => () => removeContainer(replica)),
    leaveAsFound("/run/runc"),
    () => {
      if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
    },
  ];
}

async function serversEnd(mark: string): Promise<void> {
  signal(mark, "SIGINT");
  try {
    await gone(mark, "server");
  } catch {
    signal(mark, "SIGKILL");
    await gone(mark, "server");
  }
}

function signal(mark: string, name: NodeJS.Signals): void {
  for (const { pid, kind } of partsOf(mark)) {
    if (kind !== "server") continue;
    try {
      process.kill(pid, name);
    } catch {
      // It has ended meanwhile.
    }
  }
}

async function gone(mark: string, which: Kind): Promise<void> {
  const endMs = performance.now() + patienceMs;
  const left = () => partsOf(mark).filter(({ kind }) => kind === which);
  while (left().length > 0) {
    if (performance.now() > endMs) {
      const pids = left().map(({ pid }) => pid);
      throw new Error(`still running: ${which} ${pids.join(", ")}`);
    }
    await pause(lookMs);
  }
}

/** runc makes its folder where it is not there. */
function leaveAsFound(folder: string): () => void {
  if (existsSync(folder)) return () => undefined;
  return () => {
    try {
      rmdirSync(folder);
    } catch {
      // Not made, or others use it by now.
    }
  };
}
