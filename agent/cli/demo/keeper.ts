/**
 * Who takes away what the demo has made: a process of its own, so that even a demo that was killed
 * leaves nothing. It reads a pipe that nobody else holds, and its end is the demo's.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { EnvironmentError, exitCodes } from "../exit.ts";

const program = join(import.meta.dirname, "keeper-process.ts");
/** What it says once it has the turn. */
export const ready = "ready";

export class Keeper {
  /** Of the demo's processes (parts.ts). */
  readonly mark: string;
  /** For all that the demo writes; not made yet. */
  readonly folder: string;
  readonly #process: ChildProcess;
  readonly #ended: Promise<{ readonly code: number | null; readonly said: string }>;

  private constructor(keep: string | undefined) {
    this.mark = randomBytes(8).toString("hex");
    this.folder = keep ?? join(tmpdir(), `pahlevan-demo-${this.mark}`);
    const removes = keep === undefined ? [this.folder] : [];
    // Its own group: Ctrl-C is for the demo.
    const child = spawn(process.execPath, [program, this.mark, ...removes], {
      stdio: ["pipe", "pipe", "pipe"],
      detached: true,
    });
    this.#process = child;
    const said = text(child.stderr);
    this.#ended = once(child, "exit").then(async () => {
      return { code: child.exitCode, said: await said };
    });
  }

  /** `keep`: a folder that stays. Throws where another demo runs, or is being taken away. */
  static async begin(keep?: string): Promise<Keeper> {
    const keeper = new Keeper(keep);
    const { stdout } = keeper.#process;
    if (stdout === null) throw new Error("the demo's keeper has no output");
    const first = await Promise.race([once(stdout, "data"), keeper.#ended]);
    if (Array.isArray(first)) return keeper;
    throw first.code === exitCodes.environment
      ? new EnvironmentError(first.said.trim())
      : new Error(`the demo's keeper ended at once: ${first.said}`);
  }

  /** Resolves when nothing of the demo is left. */
  async takeAway(): Promise<void> {
    this.#process.stdin?.end();
    const { code, said } = await this.#ended;
    if (code !== 0) throw new Error(`not all of the demo could be taken away:\n${said}`);
  }
}
