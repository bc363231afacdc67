/**
 * Remembers things by cgroup until some time after they ended; never forgets what lives, and is
 * bounded.
 */
import type { Clock } from "./clock.ts";

export interface GraceCacheOptions {
  readonly clock: Clock;
  readonly graceMs: number;
  readonly limit: number;
}

export class GraceCache<Value> {
  readonly #options: GraceCacheOptions;
  readonly #onEvict: (key: bigint, value: Value) => void;
  readonly #living = new Map<bigint, Value>();
  /** Oldest first. */
  readonly #ended = new Map<bigint, { value: Value; until: number }>();
  evicted = 0;
  /** Of these, before their grace was over, because the cache was full. */
  evictedEarly = 0;
  /** Refused: full, and everything in it lives. */
  overflowed = 0;

  constructor(options: GraceCacheOptions, onEvict: (key: bigint, value: Value) => void) {
    this.#options = options;
    this.#onEvict = onEvict;
  }

  get size(): number {
    return this.#living.size + this.#ended.size;
  }

  get(key: bigint): Value | undefined {
    return this.#living.get(key) ?? this.#ended.get(key)?.value;
  }

  hasEnded(key: bigint): boolean {
    return this.#ended.has(key);
  }

  /**
   * False, and counted, when there is no room. A value that ended stays ended when it is replaced.
   */
  set(key: bigint, value: Value): boolean {
    const ended = this.#ended.get(key);
    if (ended !== undefined) ended.value = value;
    else if (this.#living.has(key) || this.#makeRoom()) this.#living.set(key, value);
    else return false;
    return true;
  }

  /** True the first time. */
  end(key: bigint): boolean {
    const value = this.#living.get(key);
    if (value === undefined) return false;
    this.#living.delete(key);
    this.#ended.set(key, { value, until: this.#options.clock.now() + this.#options.graceMs });
    return true;
  }

  /** Without a word to `onEvict`, and at once. */
  delete(key: bigint): void {
    this.#living.delete(key);
    this.#ended.delete(key);
  }

  sweep(): void {
    const now = this.#options.clock.now();
    for (const [key, { until }] of this.#ended) {
      if (until > now) break;
      this.#evict(key);
    }
  }

  #makeRoom(): boolean {
    this.sweep();
    if (this.size < this.#options.limit) return true;
    const oldest = this.#ended.keys().next();
    if (oldest.done === true) {
      this.overflowed++;
      return false;
    }
    this.evictedEarly++;
    this.#evict(oldest.value);
    return true;
  }

  #evict(key: bigint): void {
    const ended = this.#ended.get(key);
    if (ended === undefined) return;
    this.#ended.delete(key);
    this.evicted++;
    this.#onEvict(key, ended.value);
  }
}
