/**
 * When a peer that fails is asked again: later each time, and after many failures it is left alone.
 */

export interface PaceOptions {
  readonly firstMs: number;
  readonly mostMs: number;
  /** Failures in a row after which the peer counts as away. */
  readonly restAfter: number;
  readonly random: () => number;
}

export const usualPace: PaceOptions = {
  firstMs: 500,
  mostMs: 60_000,
  restAfter: 5,
  random: Math.random,
};

/** Longer nobody is taken at his word: a peer that asks for a day would lose us the day. */
const mostAskedMs = 15 * 60_000;

export class Pace {
  readonly #options: PaceOptions;
  #failures = 0;
  #untilMs = 0;

  constructor(options: PaceOptions) {
    this.#options = options;
  }

  get isResting(): boolean {
    return this.#failures >= this.#options.restAfter;
  }

  /** For how long nothing is sent. */
  waitMs(nowMs: number): number {
    // A clock that was put back does not make us wait for longer.
    return Math.min(Math.max(0, this.#untilMs - nowMs), mostAskedMs);
  }

  succeeded(): void {
    this.#failures = 0;
    this.#untilMs = 0;
  }

  failed(nowMs: number, askedMs = 0): void {
    const { firstMs, mostMs, random } = this.#options;
    const backoff = Math.min(firstMs * 2 ** this.#failures, mostMs);
    this.#failures = Math.min(this.#failures + 1, 32);
    // Half of it by chance: peers that come back are not met by everybody at once.
    const own = backoff * (0.5 + 0.5 * random());
    this.#untilMs = nowMs + Math.max(own, Math.min(askedMs, mostAskedMs));
  }
}
