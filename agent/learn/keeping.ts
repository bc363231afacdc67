/** Keeps what is being learned: looks and saves at intervals, and once more at the end. */
import type { Learning } from "./learning.ts";

export class Keeping {
  readonly #learning: Learning;
  readonly #timer: NodeJS.Timeout;
  #saving: Generator<void> | undefined;

  constructor(learning: Learning, intervalMs: number) {
    this.#learning = learning;
    this.#timer = setInterval(() => this.#keep(), intervalMs);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#saving = undefined;
    this.#learning.look();
    this.#learning.save();
  }

  #keep(): void {
    this.#learning.look();
    const isAtWork = this.#saving !== undefined;
    this.#saving ??= this.#learning.saving();
    if (!isAtWork) this.#goOn();
  }

  /** One workload a turn, so that what the kernel tells meanwhile is read in time. */
  #goOn(): void {
    if (this.#saving === undefined) return;
    if (this.#saving.next().done) this.#saving = undefined;
    else setImmediate(() => this.#goOn());
  }
}
