/** One life of QEMU: started, listened to, and ended by its pid whatever happens. */
import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import type { GuestStream } from "./stream.ts";
import { tool } from "./tools.ts";

const SAID_LIMIT_CHARACTERS = 64 << 10;

export interface Life {
  session: string;
  streams: Readonly<Record<string, GuestStream>>;
  timeoutMs: number;
}

export interface Ending {
  /** Why it ended before the command did; undefined when all streams came to their end. */
  failure: string | undefined;
  console: string;
}

export async function boot(qemuArguments: string[], life: Life): Promise<Ending> {
  const { session, timeoutMs } = life;
  const streams = Object.entries(life.streams);
  const ended = Promise.withResolvers<string | undefined>();
  const servers: Server[] = [];
  for (const [name, stream] of streams) {
    const read = (chunk: Buffer): void => {
      try {
        stream.push(chunk);
      } catch (error) {
        ended.reject(error);
      }
      if (streams.every(([, each]) => each.exitCode !== undefined)) ended.resolve(undefined);
    };
    servers.push(await listen(join(session, `${name}.sock`), read));
  }

  // pdeathsig: the VM ends with this process, whatever ends it.
  const words = ["--pdeathsig", "KILL", tool("qemu-system-x86_64"), ...qemuArguments];
  const qemu = spawn(tool("setpriv"), words, { stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  for (const stream of [qemu.stdout, qemu.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-SAID_LIMIT_CHARACTERS);
    });
  }
  const gone = new Promise<void>((resolve) => qemu.once("close", () => resolve()));
  qemu.once("error", ended.reject);
  void gone.then(() => ended.resolve("the VM ended before the command did"));
  const timer = setTimeout(() => ended.resolve(`no end after ${timeoutMs / 1000} s`), timeoutMs);
  try {
    const failure = await ended.promise;
    const log = await readFile(join(session, "console.log"), "utf8").catch(() => "");
    return { failure, console: log + said };
  } finally {
    clearTimeout(timer);
    qemu.kill("SIGKILL");
    if (qemu.pid !== undefined) await gone;
    for (const server of servers) server.close();
  }
}

function listen(path: string, read: (chunk: Buffer) => void): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => {
      socket.on("data", read);
      socket.on("error", () => {}); // the VM is ended by force while its sockets are open
    });
    server.once("error", reject);
    server.listen(path, () => resolve(server));
  });
}
