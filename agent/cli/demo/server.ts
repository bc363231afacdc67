/** A server that the demo starts: it is there when it says so. The keeper ends it. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { EnvironmentError } from "../exit.ts";
import { asPart } from "./parts.ts";

export interface ServerOptions {
  readonly program: string;
  readonly args: readonly string[];
  readonly environment?: NodeJS.ProcessEnv;
  /** In the line that says where it listens. */
  readonly address: RegExp;
  /** Of the demo that it is part of. */
  readonly mark: string;
}

const linesKept = 20;

export class Server {
  /** HOST:PORT */
  address = "";
  readonly #options: ServerOptions;
  readonly #process: ChildProcess;
  readonly #said: string[] = [];
  readonly #ended: Promise<unknown>;

  /** Its own group: Ctrl-C is for the demo. */
  constructor(options: ServerOptions) {
    this.#options = options;
    const { program, args, environment, mark } = options;
    this.#process = spawn(program, args, {
      stdio: ["ignore", "ignore", "pipe"],
      detached: true,
      env: asPart("server", mark, environment),
    });
    this.#ended = once(this.#process, "exit").catch(() => undefined);
  }

  async started(): Promise<void> {
    const { stderr } = this.#process;
    if (stderr === null) throw new Error("it has no stderr");
    const { promise, resolve } = Promise.withResolvers<void>();
    createInterface(stderr).on("line", (line) => {
      this.#said.push(line);
      if (this.#said.length > linesKept) this.#said.shift();
      const [, address] = this.#options.address.exec(line) ?? [];
      if (address !== undefined && this.address === "") {
        this.address = address;
        resolve();
      }
    });
    await Promise.race([promise, this.#ended]);
    if (this.address === "")
      throw new EnvironmentError(`demo: ${this.#options.program} ended at once:\n${this.said}`);
  }

  /** The last lines. */
  get said(): string {
    return this.#said.join("\n");
  }
}
