/** Facts per second, from the kernel's own counters: what happened, not only what was delivered. */
import type { KindCounts } from "./senses.ts";

export interface Totals {
  readonly generated: number;
  readonly delivered: number;
  readonly aggregated: number;
  readonly dropped: number;
  readonly received: number;
}

export interface Rate {
  readonly eventsPerSecond: number;
  readonly deliveredPerSecond: number;
  readonly droppedPerSecond: number;
}

export class Rates {
  readonly #counts: () => readonly KindCounts[];
  readonly #now: () => number;
  #before: Totals;
  #atMs: number;
  #last: Rate = { eventsPerSecond: 0, deliveredPerSecond: 0, droppedPerSecond: 0 };

  constructor(counts: () => readonly KindCounts[], now = () => performance.now()) {
    this.#counts = counts;
    this.#now = now;
    this.#before = { generated: 0, delivered: 0, aggregated: 0, dropped: 0, received: 0 };
    this.#atMs = now();
  }

  /** Over the time between the last two ticks. */
  get last(): Rate {
    return this.#last;
  }

  tick(): void {
    const totals = totalsOf(this.#counts());
    const seconds = Math.max(0.001, (this.#now() - this.#atMs) / 1000);
    const perSecond = (name: keyof Totals) => (totals[name] - this.#before[name]) / seconds;
    this.#last = {
      eventsPerSecond: perSecond("generated"),
      deliveredPerSecond: perSecond("delivered"),
      droppedPerSecond: perSecond("dropped"),
    };
    this.#before = totals;
    this.#atMs = this.#now();
  }
}

export function totalsOf(counts: readonly KindCounts[]): Totals {
  const totals = { generated: 0, delivered: 0, aggregated: 0, dropped: 0, received: 0 };
  for (const { generated, delivered, aggregated, dropped, received } of counts) {
    totals.generated += generated;
    totals.delivered += delivered;
    totals.aggregated += aggregated;
    totals.received += received;
    for (const lost of Object.values(dropped)) totals.dropped += lost;
  }
  return totals;
}
