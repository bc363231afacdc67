/** Who listens on a port, for the message that it is taken. */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** "prometheus (pid 812)", or undefined where /proc does not tell. */
export function portHolder(port: number): string | undefined {
  const sockets = new Set(
    ["/proc/net/tcp", "/proc/net/tcp6"].flatMap((file) => listening(file, port)),
  );
  if (sockets.size === 0) return undefined;
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    if (!holds(pid, sockets)) continue;
    try {
      return `${readFileSync(`/proc/${pid}/comm`, "utf8").trim()} (pid ${pid})`;
    } catch {
      continue;
    }
  }
  return undefined;
}

const listenState = "0A";

function listening(file: string, port: number): string[] {
  try {
    const lines = readFileSync(file, "utf8").split("\n").slice(1);
    return lines.flatMap((line) => {
      const fields = line.trim().split(/\s+/);
      const [, local = "", , state, , , , , , inode = ""] = fields;
      const isOurs = Number.parseInt(local.split(":").at(-1) ?? "", 16) === port;
      return isOurs && state === listenState ? [`socket:[${inode}]`] : [];
    });
  } catch {
    return [];
  }
}

function holds(pid: string, sockets: ReadonlySet<string>): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((fd) => {
      try {
        return sockets.has(readlinkSync(`/proc/${pid}/fd/${fd}`));
      } catch {
        return false; // Closed since it was listed.
      }
    });
  } catch {
    return false; // Ended, or not ours to look at.
  }
}
