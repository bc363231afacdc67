/** The metrics that tell of the bound on series. */
import type { Metric } from "./metric.ts";

interface Limit {
  readonly most: number;
  readonly foldedSeries: number;
  readonly timesFolded: number;
}

export function limitMetrics(limit: Limit): readonly Metric[] {
  return [
    {
      name: "pahlevan_series_limit",
      type: "gauge",
      help: "Series that there are at most (max-series).",
      labels: [],
      read: () => [[{}, limit.most]],
    },
    {
      name: "pahlevan_series_folded",
      type: "gauge",
      help: "Series that are not told one by one, but together, as namespace, workload and policy other: past max-series.",
      labels: [],
      read: () => [[{}, limit.foldedSeries]],
    },
    {
      name: "pahlevan_workloads_folded_total",
      type: "counter",
      help: "Times that a workload found no room for series of its own, or lost it.",
      labels: [],
      read: () => [[{}, limit.timesFolded]],
    },
  ];
}
