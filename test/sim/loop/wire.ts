/** The way of a message from its sender to the store: lost, sent twice, late, out of order, cut. */
import type { Signal } from "@pahlevan/core/loop/signal.ts";
import type { Random } from "../random.ts";
import { Agenda } from "./agenda.ts";
import { minute } from "./made.ts";

export interface WireFaults {
  /** How likely each is: 0 to 1. */
  readonly lost: number;
  readonly twice: number;
  readonly mostDelayMs: number;
}

const noFaults: WireFaults = { lost: 0, twice: 0, mostDelayMs: 0 };

export interface Message {
  readonly signal: Signal;
  /** Nobody waits for its being taken. */
  readonly isCopy: boolean;
}

export class Wire {
  #faults: WireFaults;
  readonly #random: Random;
  /** Of its own: whether anything comes twice changes nothing else. */
  readonly #copies: Random;
  readonly #messages = new Agenda<Message>();
  #cuts = 0;
  #cutMs: number | undefined;

  constructor(faults: WireFaults, random: Random, copies: Random) {
    this.#faults = faults;
    this.#random = random;
    this.#copies = copies;
  }

  get nextMs(): number {
    return this.#cutMs === undefined ? this.#messages.nextMs : Infinity;
  }

  /** Since when nothing comes through. */
  get cutMs(): number | undefined {
    return this.#cutMs;
  }

  /** From now on all is well with it. */
  mend(): void {
    this.#faults = noFaults;
    this.#cutMs = undefined;
  }

  /** The last of several cuts ends it. */
  cut(nowMs: number): () => void {
    this.#cutMs ??= nowMs;
    const cut = ++this.#cuts;
    return () => {
      if (cut === this.#cuts) this.#cutMs = undefined;
    };
  }

  send(signal: Signal, nowMs: number): void {
    const dueMs = nowMs + Math.floor(this.#random() * this.#faults.mostDelayMs);
    this.#messages.add(dueMs, { signal, isCopy: false });
  }

  /** Nobody said that it was taken: its sender sends it again. */
  again(signal: Signal, nowMs: number, isCopy: boolean): void {
    this.#messages.add(nowMs + minute, { signal, isCopy });
  }

  /** What arrives by now. */
  arrived(nowMs: number): readonly Message[] {
    if (this.#cutMs !== undefined) return [];
    return this.#messages.take(nowMs).filter(({ signal, isCopy }) => {
      if (isCopy) return true;
      if (this.#random() < this.#faults.lost) {
        this.again(signal, nowMs, false);
        return false;
      }
      // Taken, and its sender was not told; or somebody replays what he has read.
      if (this.#copies() < this.#faults.twice)
        this.#messages.add(nowMs + 1 + Math.floor(this.#copies() * 60 * minute), {
          signal,
          isCopy: true,
        });
      return true;
    });
  }
}
