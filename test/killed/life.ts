/** One life of the host, as a process of its own, from its start to kill -9. */
import { spawn, type ChildProcess } from "node:child_process";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { readyShape, type Ready } from "./host.ts";

const program = join(import.meta.dirname, "child.ts");

export interface Birth {
  readonly directory: string;
  readonly nowMs: number;
  /** Where what was compiled is kept for the next one. */
  readonly compiled: string;
  /** Undefined: it lives until somebody ends it. */
  readonly youthMs: number | undefined;
}

export class Life {
  static readonly #all = new Set<Life>();
  static #isOver = false;
  /** Undefined if it was killed before it was. */
  readonly ready: Promise<Ready | undefined>;
  /** By our hand; any other end is an error. */
  readonly dead: Promise<void>;
  readonly #child: ChildProcess;
  #openedMs = 0;
  #readyMs = 0;

  constructor({ directory, nowMs, compiled, youthMs }: Birth) {
    if (Life.#isOver) throw new Error("the test is over");
    const words = ["--disable-warning=ExperimentalWarning", program, directory, `${nowMs}`];
    const child = spawn(process.execPath, words, {
      stdio: ["ignore", "pipe", "inherit"],
      env: { ...process.env, NODE_COMPILE_CACHE: compiled },
    });
    this.#child = child;
    Life.#all.add(this);
    const ready = Promise.withResolvers<Ready | undefined>();
    const dead = Promise.withResolvers<void>();
    let said = "";
    child.stdout.on("data", (chunk: Buffer) => {
      if (said === "") {
        this.#openedMs = performance.now();
        if (youthMs !== undefined) this.end(youthMs);
      }
      said += chunk.toString();
      const [, state] = /^opening\n(.+)\n$/.exec(said) ?? [];
      if (state === undefined) return;
      this.#readyMs = performance.now();
      ready.resolve(readyShape.parse(JSON.parse(state)));
    });
    child.once("close", (code, signal) => {
      Life.#all.delete(this);
      ready.resolve(undefined);
      if (signal === "SIGKILL") dead.resolve();
      else dead.reject(new Error(`it ended by itself: ${code}`));
    });
    this.ready = ready.promise;
    this.dead = dead.promise;
  }

  /** How long it took from opening its files until it was ready. */
  get beganMs(): number {
    return this.#readyMs - this.#openedMs;
  }

  end(afterMs: number): void {
    setTimeout(() => this.#child.kill("SIGKILL"), afterMs);
  }

  /** Where one lane of a test fails, the others go on. */
  static async endAll(): Promise<void> {
    Life.#isOver = true;
    const all = [...Life.#all];
    for (const life of all) life.#child.kill("SIGKILL");
    await Promise.allSettled(all.map(({ dead }) => dead));
  }
}
