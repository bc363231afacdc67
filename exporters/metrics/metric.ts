/** What a metric is, before any format. */
import type { Distribution } from "./distribution.ts";
import type { MetricsSource } from "./source.ts";

type Labels = Readonly<Record<string, string>>;
export type Sample = readonly [labels: Labels, value: number];
export type Spread = readonly [labels: Labels, values: Distribution];

interface Described {
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
}

export interface Figure extends Described {
  readonly type: "counter" | "gauge";
  read(source: MetricsSource): Iterable<Sample>;
}

export interface Histogram extends Described {
  readonly type: "histogram";
  read(source: MetricsSource): Iterable<Spread>;
}

export type Metric = Figure | Histogram;
