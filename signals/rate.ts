/** How often each may come: a bucket of tokens for each, and a bounded number of buckets. */

export interface Rate {
  readonly perSecond: number;
  /** So many at once, after a pause. */
  readonly burst: number;
}

export class Buckets {
  readonly #rate: Rate;
  readonly #most: number;
  readonly #left = new Map<string, { tokens: number; atMs: number }>();

  constructor(rate: Rate, most: number) {
    this.#rate = rate;
    this.#most = most;
  }

  /** Whether there is a token left, without taking it. */
  has(whose: string, nowMs: number): boolean {
    return this.#tokens(whose, nowMs) >= 1;
  }

  take(whose: string, nowMs: number): boolean {
    const tokens = this.#tokens(whose, nowMs);
    const may = tokens >= 1;
    this.#left.delete(whose);
    // The one that was not here for longest makes room: it has a full bucket again anyway.
    if (this.#left.size >= this.#most) this.#left.delete([...this.#left.keys()][0] ?? "");
    this.#left.set(whose, { tokens: may ? tokens - 1 : tokens, atMs: nowMs });
    return may;
  }

  #tokens(whose: string, nowMs: number): number {
    const { perSecond, burst } = this.#rate;
    const left = this.#left.get(whose);
    if (left === undefined) return burst;
    // A clock that was set back gives nothing, and takes nothing.
    const seconds = Math.max(0, nowMs - left.atMs) / 1_000;
    return Math.min(burst, left.tokens + seconds * perSecond);
  }
}
