/** Instances that live and have no name yet: how many of them are worth waiting for. */

/** Runtimes answer within seconds; who has no name by then may never have one. */
const patienceMs = 30_000;
/** Where new ones come all the time, as where images are built, no step waits for longer. */
const mostMs = 120_000;

export class Unnamed {
  /** When each was first seen, by its cgroup. */
  #sinceMs = new Map<bigint, number>();
  #waitingSinceMs: number | undefined;
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** Those that are unnamed now. */
  look(cgroups: Iterable<bigint>, nowMs: number): void {
    this.#sinceMs = new Map(
      Array.from(cgroups, (cgroupId) => [cgroupId, this.#sinceMs.get(cgroupId) ?? nowMs] as const),
    );
    const isShort = (sinceMs: number, atMostMs: number) => Math.abs(nowMs - sinceMs) < atMostMs;
    const fresh = [...this.#sinceMs.values()].filter((sinceMs) => isShort(sinceMs, patienceMs));
    this.#waitingSinceMs = fresh.length === 0 ? undefined : (this.#waitingSinceMs ?? nowMs);
    this.#count = isShort(this.#waitingSinceMs ?? nowMs, mostMs) ? fresh.length : 0;
  }
}
