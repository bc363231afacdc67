/** What people watch a host with: Debian's libbpf-tools, which print what they see. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdtempSync, openSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

const ATTACH_MS = 20_000;

/**
 * They need tracefs, which is mounted for them alone where it is not there. Debian's have no way to
 * flush each line.
 */
const START =
  "test -e /sys/kernel/tracing/events || mount -t tracefs tracefs /sys/kernel/tracing && " +
  "PATH=$PATH:/usr/sbin && exec stdbuf -oL";

export class Snoops {
  #running: ChildProcess[] = [];
  #directory = "";

  /** Why a tool does not run here; undefined if it does. */
  async whyNot(tool: string): Promise<string | undefined> {
    try {
      await this.start([tool]);
      return undefined;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    } finally {
      await this.stop();
    }
  }

  async start(tools: readonly string[]): Promise<void> {
    this.#directory = mkdtempSync("/dev/shm/pahlevan-");
    await Promise.all(tools.map((tool) => this.#start(tool)));
  }

  async stop(): Promise<void> {
    const alive = this.#running.filter(
      ({ exitCode, signalCode }) => exitCode === null && !signalCode,
    );
    const ended = alive.map((child) => once(child, "exit"));
    for (const child of alive) child.kill("SIGINT");
    await Promise.all(ended);
    this.#running = [];
    rmSync(this.#directory, { recursive: true, force: true });
  }

  /** The head of its table comes when it is attached. */
  async #start(tool: string): Promise<void> {
    const path = join(this.#directory, tool);
    const output = openSync(path, "w");
    const child = spawn(
      "unshare",
      ["-m", "--propagation", "private", "sh", "-c", `${START} ${tool}`],
      {
        stdio: ["ignore", output, "pipe"],
      },
    );
    closeSync(output);
    this.#running.push(child);
    let said = "";
    child.stderr
      ?.setEncoding("utf8")
      .on("data", (text: string) => (said = (said + text).slice(-500)));
    const began = performance.now();
    while (statSync(path).size === 0) {
      if (child.exitCode !== null || performance.now() - began > ATTACH_MS)
        throw new Error(`${tool}: ${said.trim().split("\n").at(-1) ?? "does not start"}`);
      await delay(10);
    }
  }
}
