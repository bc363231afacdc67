/** The process that is measured: does every operation for each turn, and says how long one took. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createInterface, type Interface } from "node:readline";
import type { BenchCgroup } from "../bench-cgroup.ts";
import type { Programs } from "../instructions/build.ts";

/** Nanoseconds by operation. */
export type Turn = ReadonlyMap<string, number>;

/** On tmpfs where there is one: a disk's own time would hide what is looked for. */
const DIRECTORY = "/dev/shm/pahlevan-";

export class Times {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly #reader: Interface;
  readonly #directory: string;

  private constructor(child: ChildProcess, reader: Interface, directory: string) {
    this.#child = child;
    this.#reader = reader;
    this.#lines = reader[Symbol.asyncIterator]();
    this.#directory = directory;
  }

  static async start({ times, nothing }: Programs, cgroup: BenchCgroup): Promise<Times> {
    const directory = mkdtempSync(DIRECTORY);
    const [program, args] = cgroup.command(times, directory, nothing);
    const child = spawn(program, args, { stdio: ["pipe", "pipe", "inherit"] });
    if (!child.stdout) throw new Error(`${times}: no output`);
    const started = new Times(child, createInterface(child.stdout), directory);
    await started.#untilDone();
    return started;
  }

  async turn(): Promise<Turn> {
    this.#child.stdin?.write("\n");
    return new Map(await this.#untilDone());
  }

  async stop(): Promise<void> {
    const ended = once(this.#child, "exit");
    this.#child.stdin?.end();
    await ended;
    this.#reader.close();
    rmSync(this.#directory, { recursive: true });
  }

  async #untilDone(): Promise<[string, number][]> {
    const measured: [string, number][] = [];
    for (;;) {
      const next = await this.#lines.next();
      if (next.done === true) throw new Error("the measured process ended before it was done");
      const { value } = next;
      if (value === "done") return measured;
      const [name = "", ns = ""] = value.split("\t");
      measured.push([name, Number(ns)]);
    }
  }
}
