/** The newest events, for those who come later: a ring of fixed size. */

export class Journal<T> {
  readonly #limit: number;
  readonly #items: T[] = [];
  #added = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** How many are no longer kept. */
  get forgotten(): number {
    return this.#added - this.#items.length;
  }

  add(item: T): void {
    if (this.#limit === 0) {
      this.#added++;
      return;
    }
    this.#items[this.#added % this.#limit] = item;
    this.#added++;
  }

  /** Oldest first. */
  *[Symbol.iterator](): Generator<T> {
    const start = this.#items.length < this.#limit ? 0 : this.#added % this.#limit;
    yield* this.#items.slice(start);
    yield* this.#items.slice(0, start);
  }
}
