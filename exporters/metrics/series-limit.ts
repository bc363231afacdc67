/**
 * A bound on how many series there are, whatever runs here. Past it further workloads are told of
 * together, as `other`; what is not of a workload is bounded by what it is, and always told.
 */
import { limitMetrics } from "./limit-metrics.ts";
import type { Figure, Labels, Metric, Sample } from "./metric.ts";
import { metrics as allMetrics } from "./metrics.ts";
import { atOneMoment } from "./moment.ts";
import { other, Others } from "./others.ts";
import { Places } from "./places.ts";
import type { MetricsSource } from "./source.ts";

export const usualMostSeries = 20_000;

/** A metric that is told of workload by workload, as it was read. */
interface Read {
  readonly samples: readonly Sample[];
  /** Of each sample. */
  readonly workloads: readonly string[];
  readonly others: Others;
}

export class SeriesLimit {
  /** Those that tell of this bound, too. */
  readonly metrics: readonly Metric[];
  readonly most: number;
  readonly #counted: readonly Metric[];
  readonly #others: ReadonlyMap<string, Others>;
  readonly #places = new Places(`${other}\n${other}`);
  #othersSize = 0;
  #foldedSeries = 0;

  constructor(most = usualMostSeries, metrics = allMetrics) {
    this.most = most;
    this.#counted = metrics;
    this.metrics = [...metrics, ...limitMetrics(this)];
    this.#others = new Map(
      metrics.filter(isOfWorkloads).map((metric) => [metric.name, new Others(metric)]),
    );
  }

  /** Series of workloads that had none of their own at the newest reading. */
  get foldedSeries(): number {
    return this.#foldedSeries;
  }

  get timesFolded(): number {
    return this.#places.times;
  }

  /** Every metric as it is now; whoever reads it asks the source nothing. */
  at(source: MetricsSource): readonly Metric[] {
    const moment = atOneMoment(source);
    const workloadOf = oneNameEach();
    const told: Metric[] = [];
    const reads: Read[] = [];
    let fixed = this.metrics.length - this.#counted.length;
    for (const metric of this.#counted) {
      if (metric.type === "histogram") {
        const spreads = [...metric.read(moment)];
        for (const [, { bounds }] of spreads) fixed += bounds.length + besidesBounds;
        told.push({ ...metric, read: () => spreads });
        continue;
      }
      const samples = [...metric.read(moment)];
      const others = this.#others.get(metric.name);
      if (others === undefined) {
        fixed += samples.length;
        told.push({ ...metric, read: () => samples });
        continue;
      }
      const read = { samples, others, workloads: samples.map(([labels]) => workloadOf(labels)) };
      reads.push(read);
      told.push({ ...metric, read: () => this.#shown(read) });
    }
    this.#fold(reads, fixed);
    return [...told, ...this.metrics.slice(told.length)];
  }

  #fold(reads: readonly Read[], fixed: number): void {
    const living = new Map<string, number>();
    for (const { workloads } of reads)
      for (const workload of workloads) living.set(workload, (living.get(workload) ?? 0) + 1);
    const places = this.#places;
    places.keep(living);
    for (const { others } of reads) others.begin();
    let folding: ReadonlyMap<string, boolean> = new Map(
      Array.from(places.folded, (workload) => [workload, false]),
    );
    let reserve = folding.size > 0 ? this.#othersSize : 0;
    let size = 0;
    // What is told of together takes room, too: each turn reserves more of it, until it suffices.
    do {
      reserve = Math.max(reserve, size);
      folding = new Map([...folding, ...places.settle(living, this.most - fixed - reserve)]);
      if (folding.size > 0) for (const read of reads) take(read, folding);
      folding = new Map();
      size = places.folded.size > 0 ? sum(reads.map(({ others }) => others.size)) : 0;
    } while (size > reserve);
    this.#othersSize = size;
    this.#foldedSeries = sum(Array.from(places.folded, (workload) => living.get(workload) ?? 0));
  }

  #shown({ samples, workloads, others }: Read): Iterable<Sample> {
    const { folded } = this.#places;
    if (folded.size === 0) return samples;
    return [...samples.filter((_, at) => !folded.has(workloads[at] ?? "")), ...others.samples()];
  }
}

/** The bucket above the greatest bound, the sum and the count. */
const besidesBounds = 3;

function take({ samples, workloads, others }: Read, folding: ReadonlyMap<string, boolean>): void {
  for (const [at, sample] of samples.entries()) {
    const hadOwn = folding.get(workloads[at] ?? "");
    if (hadOwn !== undefined) others.add(sample, hadOwn);
  }
}

function isOfWorkloads(metric: Metric): metric is Figure {
  return metric.type !== "histogram" && metric.labels.includes("workload");
}

/** The same string for each series of a workload: one that is put together anew is hashed anew. */
function oneNameEach() {
  const names = new Map<string, Map<string, string>>();
  return ({ namespace = "", workload = "" }: Labels): string => {
    let here = names.get(namespace);
    if (here === undefined) names.set(namespace, (here = new Map<string, string>()));
    let name = here.get(workload);
    if (name === undefined) here.set(workload, (name = `${namespace}\n${workload}`));
    return name;
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((all, value) => all + value, 0);
}
