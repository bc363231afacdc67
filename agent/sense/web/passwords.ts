/** Whether a password is the one that was hashed: asked of a thread of its own, one at a time. */
import { Worker } from "node:worker_threads";

const program = new URL("password-worker.ts", import.meta.url);
/** What the thread ends with; whatever else it ends with, it is not right. */
export const isRight = 10;
const mostWaiting = 16;

export class Passwords {
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  /** Undefined when too many wait already. */
  async matches(password: string, hash: string): Promise<boolean | undefined> {
    if (this.#waiting >= mostWaiting) return undefined;
    this.#waiting += 1;
    const answer = this.#last.then(() => compared(password, hash));
    this.#last = answer.catch(() => undefined);
    try {
      return await answer;
    } finally {
      this.#waiting -= 1;
    }
  }
}

async function compared(password: string, hash: string): Promise<boolean> {
  const resourceLimits = { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 4 };
  // A thread's arguments are in no list of processes.
  const worker = new Worker(program, { argv: [password, hash], resourceLimits, execArgv: [] });
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  worker.once("error", reject).once("exit", resolve);
  return (await promise) === isRight;
}
