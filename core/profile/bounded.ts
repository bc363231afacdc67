/**
 * A map with a limit. Which keys stay depends on the keys alone, not on the order in which they
 * came: so profiles that overflowed merge to the same, whoever merges them with whom.
 */
import { estimate, mergedSketch, note, sketchOf, type Sketch } from "./sketch.ts";
import { order } from "./stamps.ts";

export interface Bounded<T> {
  readonly entries: ReadonlyMap<string, T>;
  /** There since more came than fit: of all that ever came. */
  readonly overflow?: Sketch;
}

export interface Bounds<T> {
  readonly limit: number;
  /** The keys of lower rank stay; where ranks are equal, the first by its letters. */
  readonly rank: (key: string) => number;
  /** Of two values of one key. */
  readonly join: (a: T, b: T) => T;
}

/**
 * Keys over the limit that are kept until they are sorted out together: sorting one by one costs.
 */
const slack = 1.25;

/** Roughly how many did not fit; 0 exactly where all did. */
export function omitted({ entries, overflow }: Bounded<unknown>): number {
  return overflow === undefined ? 0 : Math.max(1, estimate(overflow) - entries.size);
}

/** A bounded map under construction. */
export class BoundedBuilder<T> {
  readonly #bounds: Bounds<T>;
  readonly #entries: Map<string, T>;
  #overflow: number[] | undefined;

  constructor(bounds: Bounds<T>, from: Bounded<T> = { entries: new Map() }) {
    this.#bounds = bounds;
    this.#entries = new Map(from.entries);
    this.#overflow = from.overflow && [...from.overflow];
  }

  get(key: string): T | undefined {
    return this.#entries.get(key);
  }

  set(key: string, value: T): void {
    const { size } = this.#entries;
    this.#entries.set(key, value);
    if (this.#entries.size === size) return;
    if (this.#overflow !== undefined) note(this.#overflow, key);
    if (size >= this.#bounds.limit * slack) this.#trim();
  }

  join(other: Bounded<T>): void {
    if (other.overflow !== undefined) {
      const own = this.#overflow ?? sketchOf(this.#entries.keys());
      this.#overflow = mergedSketch(own, other.overflow);
    }
    for (const [key, value] of other.entries) {
      const own = this.#entries.get(key);
      this.set(key, own === undefined ? value : this.#bounds.join(own, value));
    }
  }

  build(): Bounded<T> {
    this.#trim();
    const entries = new Map(this.#entries);
    return this.#overflow === undefined ? { entries } : { entries, overflow: [...this.#overflow] };
  }

  #trim(): void {
    const { limit, rank } = this.#bounds;
    if (this.#entries.size <= limit) return;
    this.#overflow ??= sketchOf(this.#entries.keys());
    const ranked = Array.from(this.#entries.keys(), (key) => ({ key, rank: rank(key) }));
    ranked.sort((a, b) => a.rank - b.rank || order(a.key, b.key));
    for (const { key } of ranked.slice(limit)) this.#entries.delete(key);
  }
}

export function merged<T>(bounds: Bounds<T>, a: Bounded<T>, b: Bounded<T>): Bounded<T> {
  const builder = new BoundedBuilder(bounds, a);
  builder.join(b);
  return builder.build();
}
