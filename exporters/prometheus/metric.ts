/** What a metric is, before any format. */
import type { MetricsSource } from "./source.ts";

export type Sample = readonly [labels: Readonly<Record<string, string>>, value: number];

export interface Metric {
  readonly name: string;
  readonly type: "counter" | "gauge";
  readonly help: string;
  readonly labels: readonly string[];
  read(source: MetricsSource): Iterable<Sample>;
}
