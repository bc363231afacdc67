/** The way of a message from its sender to the store: lost, sent twice, late, out of order, cut. */
import type { Signal } from "@pahlevan/core/loop/signal.ts";
import type { Random } from "../random.ts";
import { minute } from "./made.ts";

export interface WireFaults {
  /** How likely each is: 0 to 1. */
  readonly lost: number;
  readonly twice: number;
  readonly mostDelayMs: number;
}

export const noFaults: WireFaults = { lost: 0, twice: 0, mostDelayMs: 0 };

interface Message {
  readonly signal: Signal;
  readonly dueMs: number;
  /** Nobody waits for its being taken. */
  readonly isCopy: boolean;
}

export class Wire {
  #faults: WireFaults;
  readonly #random: Random;
  /** Of its own: whether anything comes twice changes nothing else. */
  readonly #copies: Random;
  #messages: Message[] = [];
  #isCut = false;

  constructor(faults: WireFaults, random: Random, copies: Random) {
    this.#faults = faults;
    this.#random = random;
    this.#copies = copies;
  }

  get isCut(): boolean {
    return this.#isCut;
  }

  /** From now on all is well with it. */
  mend(): void {
    this.#faults = noFaults;
    this.#isCut = false;
  }

  cut(isCut: boolean): void {
    this.#isCut = isCut;
  }

  send(signal: Signal, nowMs: number): void {
    const dueMs = nowMs + Math.floor(this.#random() * this.#faults.mostDelayMs);
    this.#messages.push({ signal, dueMs, isCopy: false });
  }

  /** What arrives by now. What is lost its sender sends again, because nobody said it was taken. */
  arrived(nowMs: number): readonly Signal[] {
    if (this.#isCut) return [];
    const due = this.#messages.filter(({ dueMs }) => dueMs <= nowMs);
    this.#messages = this.#messages.filter(({ dueMs }) => dueMs > nowMs);
    return due.flatMap(({ signal, isCopy }) => {
      if (isCopy) return [signal];
      if (this.#random() < this.#faults.lost) {
        this.#messages.push({ signal, dueMs: nowMs + minute, isCopy });
        return [];
      }
      // Taken, and its sender was not told; or somebody replays what he has read.
      if (this.#copies() < this.#faults.twice) {
        const dueMs = nowMs + Math.floor(this.#copies() * 60 * minute);
        this.#messages.push({ signal, dueMs, isCopy: true });
      }
      return [signal];
    });
  }
}
