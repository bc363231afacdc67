/** What outlives every crash, in memory: signals and loops, by the rules of the real store. */
import { isRequest } from "@pahlevan/core/loop/alerts.ts";
import { occurrenceOf, type Signal } from "@pahlevan/core/loop/signal.ts";

interface Stored {
  readonly signal: Signal;
  readonly changed: number;
}

export interface Save {
  /** What these states were made of: another leader's save since then makes them worth nothing. */
  readonly generation: number;
  readonly changed: ReadonlyMap<string, string>;
  readonly takenUpTo: number;
}

export class Durable {
  readonly #signals = new Map<string, Stored>();
  #loops: ReadonlyMap<string, string> = new Map();
  #changed = 0;
  #taken = 0;
  #generation = 0;
  readonly accepted = new Set<string>();

  /** Each as agent/store/signal-rules has it: over is over. */
  accept(signal: Signal): void {
    const id = occurrenceOf(signal);
    const known = this.#signals.get(id);
    this.accepted.add(id);
    if (known?.signal.status === "resolved" || known?.signal.status === signal.status) return;
    this.#signals.delete(id);
    this.#signals.set(id, { signal, changed: ++this.#changed });
  }

  changedSince(changed: number): readonly Stored[] {
    if (changed === this.#changed) return [];
    return [...this.#signals.values()].filter((stored) => stored.changed > changed);
  }

  /** What somebody asked for once does not go on being asked for. */
  firing(): readonly Signal[] {
    return [...this.#signals.values()]
      .map(({ signal }) => signal)
      .filter((signal) => signal.status === "firing" && !isRequest(signal));
  }

  get taken(): number {
    return this.#taken;
  }

  get generation(): number {
    return this.#generation;
  }

  get loops(): ReadonlyMap<string, string> {
    return this.#loops;
  }

  /** All of it or nothing; whether it was written. */
  save({ generation, changed, takenUpTo }: Save): boolean {
    if (generation !== this.#generation) return false;
    this.#loops = new Map([...this.#loops, ...changed]);
    this.#taken = takenUpTo;
    this.#generation++;
    return true;
  }
}
