/**
 * A network namespace in which a workload has one neighbour: who uses it, and whom it must not
 * reach. All containers of a test join the same, one after the other.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Answer, Question } from "./neighbour.ts";

export class Street implements AsyncDisposable {
  readonly #neighbour: ChildProcess;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  #asked = 0;
  #gone: string | undefined;

  static async open(): Promise<Street> {
    const words = ["--net", process.execPath, join(import.meta.dirname, "neighbour.ts")];
    const child = spawn("unshare", words, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
    const street = new Street(child);
    await once(child, "message"); // it is there
    return street;
  }

  private constructor(child: ChildProcess) {
    this.#neighbour = child;
    child.on("message", (answer: Answer) => this.#waiting.get(answer.id)?.(answer));
    child.once("exit", (code) => {
      this.#gone = `the neighbour ended with code ${code}`;
      for (const [id, tell] of this.#waiting) tell({ id, error: this.#gone });
    });
  }

  /** For a container to join. */
  get network(): string {
    return `/proc/${this.#neighbour.pid}/ns/net`;
  }

  /** Resolves with what the neighbour says; rejects with what went wrong there. */
  async ask(question: Question): Promise<readonly string[]> {
    if (this.#gone !== undefined) throw new Error(this.#gone);
    const id = ++this.#asked;
    const { promise, resolve } = Promise.withResolvers<Answer>();
    this.#waiting.set(id, resolve);
    this.#neighbour.send({ ...question, id });
    const { error, says = [] } = await promise;
    this.#waiting.delete(id);
    if (error !== undefined) throw new Error(error);
    return says;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#gone !== undefined) return;
    const exited = once(this.#neighbour, "exit");
    this.#neighbour.kill("SIGKILL");
    await exited;
  }
}
