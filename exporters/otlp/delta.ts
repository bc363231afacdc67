/** What counters have counted since a peer last took them, where it wants that. */
import type { Snapshot } from "../metrics/snapshot.ts";

interface Counted {
  readonly value: number;
  /** Of a histogram: by bucket, not yet cumulative. */
  readonly buckets: readonly number[];
}

/** One place for each series that counts: as many as there are metrics to send. */
export class Base {
  /** Since when what comes next counts. */
  readonly sinceMs: number;
  readonly #counted: ReadonlyMap<string, Counted>;

  private constructor(sinceMs: number, counted: ReadonlyMap<string, Counted>) {
    this.sinceMs = sinceMs;
    this.#counted = counted;
  }

  static nothing(sinceMs: number): Base {
    return new Base(sinceMs, new Map());
  }

  static of({ atMs, metrics }: Snapshot): Base {
    const counted = new Map<string, Counted>();
    for (const metric of metrics) {
      if (metric.type === "histogram") {
        for (const { labels, sum, cumulative } of metric.spreads)
          counted.set(seriesOf(metric.name, labels), { value: sum, buckets: apart(cumulative) });
      } else if (metric.type === "counter") {
        for (const [labels, value] of metric.samples)
          counted.set(seriesOf(metric.name, labels), { value, buckets: [] });
      }
    }
    return new Base(atMs, counted);
  }

  /** A series that is less than it was has begun anew: all of it is new. */
  since(name: string, labels: Readonly<Record<string, string>>, now: Counted): Counted {
    const before = this.#counted.get(seriesOf(name, labels));
    if (before === undefined || isAnew(before, now)) return now;
    return {
      value: now.value - before.value,
      buckets: now.buckets.map((count, at) => count - (before.buckets[at] ?? 0)),
    };
  }
}

function isAnew(before: Counted, now: Counted): boolean {
  return (
    now.value < before.value || now.buckets.some((count, at) => count < (before.buckets[at] ?? 0))
  );
}

/** Of as many as there were up to each bound: those of each bucket alone. */
export function apart(cumulative: readonly number[]): number[] {
  return cumulative.map((count, at) => count - (cumulative[at - 1] ?? 0));
}

function seriesOf(name: string, labels: Readonly<Record<string, string>>): string {
  const sorted = Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([name, sorted]);
}
