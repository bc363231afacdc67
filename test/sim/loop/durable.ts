/** What outlives every crash, in memory: signals and loops, by the rules of the real store. */
import { isRequest } from "@pahlevan/core/loop/alerts.ts";
import type { Loop } from "@pahlevan/core/loop/loop.ts";
import { savedLoop } from "@pahlevan/core/loop/saved.ts";
import { occurrenceOf, type Signal } from "@pahlevan/core/loop/signal.ts";
import { day } from "./made.ts";

interface Stored {
  readonly signal: Signal;
  readonly changed: number;
  readonly acceptedMs: number;
}

export interface Save {
  /** What these states were made of: another leader's save since then makes them worth nothing. */
  readonly generation: number;
  readonly changed: ReadonlyMap<string, string>;
  readonly takenUpTo: number;
}

interface Kept {
  readonly text: string;
  readonly generation: number;
  /** Read once, however often somebody starts: the text is the same. */
  loop?: Loop;
}

/** Nobody sends again what is older. */
const keptMs = 7 * day;
const forgetsEvery = 5_000;

export class Durable {
  readonly #signals = new Map<string, Stored>();
  /** Newest last; one that has changed since then stands in it again. */
  #log: readonly Stored[] = [];
  #news: Stored[] = [];
  readonly #firing = new Map<string, Signal>();
  readonly #loops = new Map<string, Kept>();
  #changed = 0;
  #taken = 0;
  #generation = 0;

  /** Each as agent/store/signal-rules has it: over is over. */
  accept(signal: Signal, nowMs: number): void {
    const id = occurrenceOf(signal);
    const known = this.#signals.get(id);
    if (known?.signal.status === "resolved" || known?.signal.status === signal.status) return;
    const stored = { signal, changed: ++this.#changed, acceptedMs: nowMs };
    this.#signals.set(id, stored);
    this.#news.push(stored);
    if (signal.status === "resolved") this.#firing.delete(id);
    // What somebody asked for once does not go on being asked for.
    else if (!isRequest(signal)) this.#firing.set(id, signal);
    if (this.#changed % forgetsEvery === 0) this.#forget(nowMs);
  }

  changedSince(changed: number): readonly Stored[] {
    if (changed === this.#changed) return [];
    const news = this.#after(this.#news, changed);
    const all =
      news.length < this.#news.length ? news : [...this.#after(this.#log, changed), ...news];
    return all.filter((stored) => this.#signals.get(occurrenceOf(stored.signal)) === stored);
  }

  firing(): Iterable<Signal> {
    return this.#firing.values();
  }

  get taken(): number {
    return this.#taken;
  }

  get generation(): number {
    return this.#generation;
  }

  loopOf(key: string): Loop | undefined {
    const kept = this.#loops.get(key);
    if (kept === undefined) return undefined;
    return (kept.loop ??= savedLoop.parse(JSON.parse(kept.text)));
  }

  /** Whether anybody has saved it since that generation. */
  isOther(key: string, generation: number): boolean {
    return (this.#loops.get(key)?.generation ?? 0) > generation;
  }

  /** All of it or nothing; whether it was written. */
  save({ generation, changed, takenUpTo }: Save): boolean {
    if (generation !== this.#generation) return false;
    this.#generation++;
    for (const [key, text] of changed) this.#loops.set(key, { text, generation: this.#generation });
    this.#taken = takenUpTo;
    return true;
  }

  #after(log: readonly Stored[], changed: number): readonly Stored[] {
    let [from, to] = [0, log.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      if ((log[middle]?.changed ?? 0) > changed) to = middle;
      else from = middle + 1;
    }
    return log.slice(from);
  }

  #forget(nowMs: number): void {
    for (const [id, { acceptedMs }] of this.#signals)
      if (nowMs - acceptedMs > keptMs && !this.#firing.has(id)) this.#signals.delete(id);
    this.#log = [...this.#log, ...this.#news].filter(
      (stored) => this.#signals.get(occurrenceOf(stored.signal)) === stored,
    );
    this.#news = [];
  }
}
