/** How values are spread: counted where they occur, in buckets that are chosen once. */
import { isShort, type Exemplar, type Occasion } from "./exemplar.ts";

export class Distribution {
  /**
   * Of each bucket the greatest value that is in it, ascending; above the last there is one more.
   */
  readonly bounds: readonly number[];
  readonly #counts: Float64Array;
  readonly #exemplars: (Exemplar | undefined)[];
  #sum = 0;

  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.#counts = new Float64Array(bounds.length + 1);
    this.#exemplars = bounds.map(() => undefined);
  }

  /** What is less than nothing is a clock's error, and counts as nothing. */
  count(value: number, occasion?: Occasion): void {
    const counted = Math.max(0, value);
    const found = this.bounds.findIndex((bound) => counted <= bound);
    const bucket = found < 0 ? this.bounds.length : found;
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#sum += counted;
    if (occasion !== undefined && isShort(occasion))
      this.#exemplars[bucket] = { ...occasion, value: counted };
  }

  get sum(): number {
    return this.#sum;
  }

  /** The newest of each bucket that has any. */
  get exemplars(): readonly (Exemplar | undefined)[] {
    return this.#exemplars;
  }

  /** As many as there were up to each bound; the last one is all. */
  cumulative(): readonly number[] {
    let all = 0;
    return Array.from(this.#counts, (count) => (all += count));
  }
}

/** One distribution for each of a few names. */
export class Distributions {
  readonly #bounds: readonly number[];
  readonly #byName = new Map<string, Distribution>();

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
  }

  count(name: string, value: number, occasion?: Occasion): void {
    let one = this.#byName.get(name);
    if (one === undefined) this.#byName.set(name, (one = new Distribution(this.#bounds)));
    one.count(value, occasion);
  }

  [Symbol.iterator](): Iterator<readonly [name: string, of: Distribution]> {
    return this.#byName.entries();
  }
}
