/**
 * What counters grew by since it was last sent. A send that fails leaves the growth for the next
 * one: nothing is lost, and nothing is told twice.
 */
import type { Memory } from "../sink.ts";
import { keyOf, type Bucket, type Counter } from "./points.ts";

/** Series that are remembered; of those that are gone the longest absent is forgotten first. */
const mostSeries = 20_000;
/** What is left to a later sink of the same name; above it that one begins anew. */
const mostTextBytes = 1 << 20;
const place = "counted";
/** From when counters begin to when sinks are made, at most. */
const startingMs = 60_000;

type Counted = Pick<Counter | Bucket, "metric" | "tags" | "total"> & { readonly to?: number };

export class Growth {
  /** In the order in which they were last sent. */
  #sent = new Map<string, number>();
  #sentAtMs: number | undefined;
  #sinceMs: number | undefined;
  readonly #bornMs: number;

  constructor(bornMs: number) {
    this.#bornMs = bornMs;
  }

  /**
   * Before each snapshot. Who comes late, to counters that counted before, begins with what they
   * show now: it was not there, and another one may have sent it.
   */
  begin(sinceMs: number, atMs: number, all: () => Iterable<Counted>): void {
    if (this.#sinceMs === sinceMs) return;
    this.#sent.clear();
    this.#sinceMs = sinceMs;
    const isLate = sinceMs < this.#bornMs - startingMs;
    this.#sentAtMs = isLate ? atMs : sinceMs;
    if (isLate) for (const each of all()) this.sent(each, each.total);
  }

  /** A counter that is smaller than it was has begun anew. */
  of(counted: Counted): number {
    const before = this.#sent.get(keyOf(counted)) ?? 0;
    return counted.total >= before ? counted.total - before : counted.total;
  }

  /** The peer has taken so much of it. */
  sent(counted: Counted, growth: number): void {
    const key = keyOf(counted);
    const grown = this.of(counted);
    this.#sent.delete(key);
    this.#sent.set(key, counted.total - (grown - growth));
    for (const [oldest] of this.#sent) {
      if (this.#sent.size <= mostSeries) break;
      this.#sent.delete(oldest);
    }
  }

  /** Over which time it grew, in whole seconds as Datadog takes them. */
  intervalSeconds(atMs: number): number {
    return Math.max(1, Math.round((atMs - (this.#sentAtMs ?? atMs)) / 1_000));
  }

  finish(atMs: number): void {
    this.#sentAtMs = atMs;
  }

  /** For a sink of the same name that comes after this one while counters go on. */
  leave(memory: Memory): void {
    if (this.#sinceMs === undefined) return;
    const left = { sinceMs: this.#sinceMs, sentAtMs: this.#sentAtMs, sent: [...this.#sent] };
    const text = JSON.stringify(left);
    if (Buffer.byteLength(text) <= mostTextBytes) memory.set(place, text);
  }

  /** Taken once: what lies there longer is told of by somebody else. */
  take(memory: Memory): void {
    const text = memory.get(place);
    if (text === undefined) return;
    memory.delete(place);
    const left: unknown = JSON.parse(text);
    if (!isLeft(left)) return;
    this.#sinceMs = left.sinceMs;
    this.#sentAtMs = left.sentAtMs;
    this.#sent = new Map(left.sent);
  }
}

interface Left {
  readonly sinceMs: number;
  readonly sentAtMs: number;
  readonly sent: readonly (readonly [string, number])[];
}

/** Written by `leave`: not checked line by line. */
function isLeft(value: unknown): value is Left {
  return typeof value === "object" && value !== null && "sinceMs" in value && "sent" in value;
}
