/**
 * Which workloads have series of their own. Who came first keeps its place as long as it lives. Who
 * found none, or lost it because others grew, gets none while it lives: series that began in the
 * middle of their count would read as a burst.
 */

export class Places {
  readonly #reserved: string;
  readonly #own = new Set<string>();
  readonly #folded = new Set<string>();
  /** At the reading before this one. */
  #before: ReadonlySet<string> = new Set();
  #times = 0;

  /** One name is nobody's own: all who are folded go by it. */
  constructor(reserved: string) {
    this.#reserved = reserved;
  }

  get folded(): ReadonlySet<string> {
    return this.#folded;
  }

  /** Times that a workload was folded. */
  get times(): number {
    return this.#times;
  }

  /** A reading begins: who is gone leaves its place to who comes after. */
  keep(living: ReadonlyMap<string, number>): void {
    for (const places of [this.#own, this.#folded])
      for (const workload of places) if (!living.has(workload)) places.delete(workload);
    this.#before = new Set(this.#own);
  }

  /**
   * Of those who live, with how many series each has. Says who is folded from now on, and of each
   * whether it had series of its own before.
   */
  settle(living: ReadonlyMap<string, number>, room: number): ReadonlyMap<string, boolean> {
    const now = new Map<string, boolean>();
    let used = 0;
    const seat = (workload: string) => {
      const series = living.get(workload) ?? 0;
      if (used + series <= room && workload !== this.#reserved) {
        used += series;
        this.#own.add(workload);
        return;
      }
      this.#own.delete(workload);
      this.#folded.add(workload);
      this.#times++;
      now.set(workload, this.#before.has(workload));
    };
    for (const workload of this.#own) seat(workload);
    for (const workload of living.keys())
      if (!this.#own.has(workload) && !this.#folded.has(workload)) seat(workload);
    return now;
  }
}
