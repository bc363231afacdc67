/** What a metric is, before any format. */
import type { Distribution } from "./distribution.ts";
import type { Exemplar } from "./exemplar.ts";
import type { MetricsSource } from "./source.ts";

export type Labels = Readonly<Record<string, string>>;
export type Sample = readonly [labels: Labels, value: number, newest?: Exemplar | undefined];
export type Spread = readonly [labels: Labels, values: Distribution];

/** How several workloads' values become one; `none`: together they say nothing. */
export type Fold = "sum" | "least" | "most" | "none";

interface Described {
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
}

export interface Figure extends Described {
  readonly type: "counter" | "gauge";
  /** Of a gauge with the label `workload`; counters are summed. */
  readonly fold?: Fold;
  read(source: MetricsSource): Iterable<Sample>;
}

export interface Histogram extends Described {
  readonly type: "histogram";
  read(source: MetricsSource): Iterable<Spread>;
}

export type Metric = Figure | Histogram;
