/** A server that a test starts on a free port of loopback, with a folder of its own, and ends. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { PATIENCE_MS } from "../../patience.ts";
import { freePort } from "../../../agent/cli/demo/free-port.ts";

export interface Starting {
  readonly program: string;
  readonly args: (port: number, folder: string) => readonly string[];
  /** Answers 200 as soon as it can be used. */
  readonly ready: string;
}

export class RealServer implements AsyncDisposable {
  readonly url: string;
  readonly #end: () => Promise<void>;

  private constructor(url: string, end: () => Promise<void>) {
    this.url = url;
    this.#end = end;
  }

  static async start({ program, args, ready }: Starting): Promise<RealServer> {
    const folder = mkdtempSync(join(tmpdir(), "exporters-"));
    const port = await freePort("127.0.0.1");
    const server = spawn(program, args(port, folder), { stdio: ["pipe", "pipe", "pipe"] });
    const said: string[] = [];
    for (const stream of [server.stdout, server.stderr])
      stream.setEncoding("utf8").on("data", (text: string) => {
        said.push(text);
        if (said.length > 200) said.shift();
      });
    const ended = once(server, "exit");
    let isOver = false;
    void ended.then(() => (isOver = true));
    const end = async () => {
      server.kill("SIGTERM");
      await ended;
      rmSync(folder, { recursive: true, force: true });
    };
    const url = `http://127.0.0.1:${port}`;
    const lateMs = performance.now() + PATIENCE_MS;
    while (!(await answers(`${url}${ready}`))) {
      if (isOver || performance.now() > lateMs) {
        await end();
        throw new Error(`${program} was not ready; it said:\n${said.join("")}`);
      }
      await wait(100);
    }
    return new RealServer(url, end);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#end();
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).status === 200;
  } catch {
    return false;
  }
}
