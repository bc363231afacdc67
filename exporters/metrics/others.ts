/** One series in the place of many: what the workloads that have none of their own add up to. */
import type { Figure, Labels, Sample } from "./metric.ts";

export const other = "other";
const place: ReadonlySet<string> = new Set(["namespace", "workload", "policy"]);

interface Folded {
  readonly labels: Labels;
  value: number;
}

export class Others {
  readonly #metric: Figure;
  /** By the labels that are left. Those of counters stay: who is gone was counted nevertheless. */
  readonly #sums = new Map<string, Folded>();
  /** Of counters, each series as it was last read; and those of this reading. */
  #before = new Map<string, number>();
  #now = new Map<string, number>();

  constructor(metric: Figure) {
    this.#metric = metric;
  }

  get size(): number {
    return this.#sums.size;
  }

  /** A reading begins. */
  begin(): void {
    if (this.#metric.type === "gauge") this.#sums.clear();
    this.#before = this.#now;
    this.#now = new Map();
  }

  /** `hadOwn`: it had a series of its own until now, which has told all that it counted. */
  add([labels, value]: Sample, hadOwn: boolean): void {
    const { type, fold = "sum" } = this.#metric;
    if (type === "gauge") return this.#join(labels, value, fold);
    const key = Object.values(labels).join("\n");
    this.#now.set(key, value);
    const before = this.#before.get(key) ?? (hadOwn ? value : 0);
    // One that is less than before began anew.
    this.#join(labels, value < before ? value : value - before, "sum");
  }

  *samples(): Generator<Sample> {
    for (const { labels, value } of this.#sums.values()) yield [labels, value];
  }

  #join(labels: Labels, value: number, fold: Figure["fold"]): void {
    if (fold === "none") return;
    let key = "";
    for (const name of this.#metric.labels) if (!place.has(name)) key += `${labels[name]}\n`;
    const sum = this.#sums.get(key);
    if (sum === undefined) this.#sums.set(key, { labels: folded(labels), value });
    else if (fold === "least") sum.value = Math.min(sum.value, value);
    else if (fold === "most") sum.value = Math.max(sum.value, value);
    else sum.value += value;
  }
}

function folded(labels: Labels): Labels {
  return Object.fromEntries(
    Object.entries(labels).map(([name, value]) => [name, place.has(name) ? other : value]),
  );
}
