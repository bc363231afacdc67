/** How many messages may go in a minute, whatever happens. */
const minuteMs = 60_000;

export class Pace {
  readonly #most: number;
  #goneMs: number[] = [];

  constructor(mostPerMinute: number) {
    this.#most = mostPerMinute;
  }

  left(nowMs: number): number {
    this.#goneMs = this.#goneMs.filter((at) => nowMs - at < minuteMs && at <= nowMs);
    return this.#most - this.#goneMs.length;
  }

  spend(nowMs: number): void {
    this.#goneMs.push(nowMs);
  }
}
