/** A server of the monitoring stack, started for one test, on a free port of loopback. */
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** The first of the names that is installed. */
export function installed(...names: readonly string[]): string | undefined {
  return names.find((name) => spawnSync(name, ["--version"]).status === 0);
}

export class Server implements AsyncDisposable {
  /** HOST:PORT */
  readonly address: string;
  readonly #process: ChildProcess;
  readonly #folder: string;

  private constructor(process: ChildProcess, folder: string, address: string) {
    this.#process = process;
    this.#folder = folder;
    this.address = address;
  }

  /** `files` are written before the start, in a folder that the arguments are made for. */
  static async start(
    program: string,
    files: Readonly<Record<string, string>>,
    args: (folder: string) => readonly string[],
  ): Promise<Server> {
    const folder = mkdtempSync(join(tmpdir(), "monitoring-"));
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    const process = spawn(program, [...args(folder), "--web.listen-address=127.0.0.1:0"], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    const said: string[] = [];
    for await (const line of createInterface(process.stderr)) {
      said.push(line);
      const [, address] = /"Listening on" address=(\S+)/.exec(line) ?? [];
      if (address === undefined) continue;
      process.stderr.resume();
      return new Server(process, folder, address);
    }
    rmSync(folder, { recursive: true, force: true });
    throw new Error(`${program} ended before it listened:\n${said.join("\n")}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#process, "exit");
    this.#process.kill("SIGTERM");
    await ended;
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
