/**
 * A bounded queue between the agent and one listener: a slow listener loses events, counted, and
 * slows nobody.
 */

export type Delivery<T> =
  | { readonly item: T }
  /** So many were left out here, because the queue was full. */
  | { readonly skipped: number };

export class Feed<T> {
  readonly #limit: number;
  readonly #wake: () => void;
  #queue: Delivery<T>[] = [];
  #skipped = 0;
  #skippedTotal = 0;
  #asleep = true;

  /** `wake` is called when there is something to take after the queue had been found empty. */
  constructor(limit: number, wake: () => void) {
    this.#limit = limit;
    this.#wake = wake;
  }

  get waiting(): number {
    return this.#queue.length;
  }

  get skippedTotal(): number {
    return this.#skippedTotal;
  }

  offer(item: T): void {
    if (this.#queue.length >= this.#limit) {
      this.#skipped++;
      this.#skippedTotal++;
      return;
    }
    // The gap is named where it is: between what was taken before and this one.
    if (this.#skipped > 0) {
      this.#queue.push({ skipped: this.#skipped });
      this.#skipped = 0;
    }
    this.#queue.push({ item });
    if (!this.#asleep) return;
    this.#asleep = false;
    this.#wake();
  }

  /** The oldest, at most so many. Empty: the next offer will wake. */
  take(most: number): readonly Delivery<T>[] {
    const taken = this.#queue.slice(0, most);
    this.#queue = this.#queue.slice(most);
    if (taken.length < most && this.#skipped > 0) {
      taken.push({ skipped: this.#skipped });
      this.#skipped = 0;
    }
    if (taken.length === 0) this.#asleep = true;
    return taken;
  }
}
