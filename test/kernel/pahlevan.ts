/** Runs the `pahlevan` command as a user would, and waits for what it says. */
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What these commands learn stays among them, and off this host. */
const stateDirectory = mkdtempSync(join(tmpdir(), "pahlevan-state-"));
const removeState = () => rmSync(stateDirectory, { recursive: true, force: true });
// The processes of tests are ended before they could end: their last hook is the first that was
// set.
if (process.env["VITEST"] === undefined) process.on("exit", removeState);
else (await import("vitest")).afterAll(removeState);
const main = join(import.meta.dirname, "../../agent/cli/main.ts");

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export class Pahlevan implements AsyncDisposable {
  readonly process: ChildProcess;
  readonly ended: Promise<Ended>;
  stdout = "";
  stderr = "";
  #heard: (() => void)[] = [];

  /** `before` are words in front of it: setpriv and its options. */
  constructor(args: readonly string[], options: { before?: readonly string[]; cwd?: string } = {}) {
    const words = [...(options.before ?? []), process.execPath, main, ...args];
    const [command = "", ...rest] = words;
    const env = { ...process.env, PAHLEVAN_STATE_DIRECTORY: stateDirectory, NO_COLOR: "1" };
    this.process = spawn(command, rest, { stdio: ["pipe", "pipe", "pipe"], env, cwd: options.cwd });
    this.process.stdout?.on("data", (chunk: Buffer) => {
      this.stdout += chunk.toString();
      this.#tell();
    });
    this.process.stderr?.on("data", (chunk: Buffer) => {
      this.stderr += chunk.toString();
      this.#tell();
    });
    const { promise, resolve } = Promise.withResolvers<Ended>();
    this.process.once("close", (code, signal) => {
      resolve({ code, signal });
      this.#tell();
    });
    this.ended = promise;
  }

  /**
   * The first match in what it said so far and says yet; an error with all of it if it ends before.
   */
  async says(what: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = what.exec(`${this.stdout}\n${this.stderr}`);
      if (match !== null) return match;
      if (this.process.exitCode !== null || this.process.signalCode !== null) {
        throw new Error(`ended without saying ${what}:\n${this.stdout}\n${this.stderr}`);
      }
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#heard.push(resolve);
      await promise;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.process.exitCode === null) this.process.kill("SIGTERM");
    await this.ended;
  }

  #tell(): void {
    for (const heard of this.#heard.splice(0)) heard();
  }
}

/** `up` on a free port, with a control socket of its own. */
export class Up extends Pahlevan {
  readonly socket: string;
  readonly #folder: string;
  url = "";

  private constructor(folder: string, args: readonly string[], before: readonly string[]) {
    const socket = join(folder, "agent.sock");
    const own = ["--listen", "127.0.0.1:0", "--control-socket", socket, "--log-format", "pretty"];
    super(["up", ...own, ...args], { before });
    this.socket = socket;
    this.#folder = folder;
  }

  static async start(args: readonly string[] = [], before: readonly string[] = []): Promise<Up> {
    const up = new Up(mkdtempSync(join(tmpdir(), "pahlevan-up-")), args, before);
    const [, url = ""] = await up.says(/metrics +(https?:\/\/\S+)\/metrics/);
    up.url = url;
    return up;
  }

  async get(path: string): Promise<string> {
    return (await fetch(`${this.url}${path}`)).text();
  }

  /** Asks /metrics until a line fits. */
  async metric(line: RegExp): Promise<string> {
    for (;;) {
      const match = line.exec(await this.get("/metrics"));
      if (match !== null) return match[0];
    }
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    await super[Symbol.asyncDispose]();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** Why tests that load programs cannot run here; undefined if they can. */
export const cannotSense = process.getuid?.() === 0 ? undefined : "needs root";

/** One line of JSON, as far as a test may look at it without checking. */
export function parsed(text: string): object & Readonly<Record<string, unknown>> {
  const value: unknown = JSON.parse(text);
  if (typeof value !== "object" || value === null) throw new Error(`not an object: ${text}`);
  return { ...value };
}
