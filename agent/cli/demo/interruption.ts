/** Somebody wants an end: what was begun is taken away first, however impatient they are. */

export class Interrupted extends Error {}

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

export class Interruption implements Disposable {
  by: string | undefined;
  readonly #listener = (signal: string) => {
    this.by ??= signal;
  };
  /** A reader that has enough (head, a closed terminal) ends it, too. */
  readonly #deaf = () => {
    this.by ??= "a closed output";
  };

  constructor() {
    for (const signal of signals) process.on(signal, this.#listener);
    process.stdout.removeAllListeners("error").on("error", this.#deaf);
  }

  goOn(): void {
    if (this.by !== undefined) throw new Interrupted();
  }

  [Symbol.dispose](): void {
    for (const signal of signals) process.off(signal, this.#listener);
  }
}
