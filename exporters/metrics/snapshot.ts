/** All metrics at one moment, as plain data: what is pushed to those who do not scrape. */
import type { Metric } from "./metric.ts";
import type { MetricsSource } from "./source.ts";

type Labels = Readonly<Record<string, string>>;

export interface Figures {
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge";
  readonly samples: readonly (readonly [labels: Labels, value: number])[];
}

export interface Histograms {
  readonly name: string;
  readonly help: string;
  readonly type: "histogram";
  readonly spreads: readonly {
    readonly labels: Labels;
    readonly bounds: readonly number[];
    /** As many as there were up to each bound; the last one is all. */
    readonly cumulative: readonly number[];
    readonly sum: number;
  }[];
}

export interface Snapshot {
  readonly atMs: number;
  /** Since when counters count. */
  readonly sinceMs: number;
  readonly metrics: readonly (Figures | Histograms)[];
}

export function snapshot(
  metrics: readonly Metric[],
  source: MetricsSource,
  { atMs, sinceMs }: Pick<Snapshot, "atMs" | "sinceMs">,
): Snapshot {
  return { atMs, sinceMs, metrics: metrics.map((metric) => read(metric, source)) };
}

function read(metric: Metric, source: MetricsSource): Figures | Histograms {
  const { name, help } = metric;
  if (metric.type !== "histogram")
    return {
      name,
      help,
      type: metric.type,
      samples: [...metric.read(source)].map(([labels, value]) => [labels, value] as const),
    };
  const spreads = Array.from(metric.read(source), ([labels, spread]) => ({
    labels,
    bounds: spread.bounds,
    cumulative: spread.cumulative(),
    sum: spread.sum,
  }));
  return { name, help, type: "histogram" as const, spreads };
}
