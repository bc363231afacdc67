/** A snapshot as what Datadog counts: every figure with its name and tags, before any format. */
import type { Figures, Histograms, Snapshot } from "../metrics/snapshot.ts";
import { datadogName } from "./names.ts";
import { tagsOf } from "./tags.ts";

interface Named {
  readonly metric: string;
  readonly tags: readonly string[];
}

/** Since when it counts is the snapshot's; what is sent is what it grew by. */
export interface Counter extends Named {
  readonly type: "count";
  readonly total: number;
}

export interface Gauge extends Named {
  readonly type: "gauge";
  readonly value: number;
}

/** One bucket of a distribution: so many values above `from` and up to `to`. */
export interface Bucket extends Named {
  readonly type: "bucket";
  readonly from: number;
  /** Infinity for the last one. */
  readonly to: number;
  readonly total: number;
}

export type Point = Counter | Gauge | Bucket;

/**
 * `buckets`: a histogram's counts as they are, exact, by the tag `upper_bound` as the OpenMetrics
 * check has it. `distributions`: values for Datadog's percentiles, guessed within each bucket.
 */
export type HistogramForm = "buckets" | "distributions";

export function pointsOf({ metrics }: Snapshot, form: HistogramForm): Point[] {
  const all = metrics.flatMap((metric) =>
    metric.type === "histogram"
      ? metric.spreads.flatMap((spread) =>
          (form === "buckets" ? counted : spreadOut)(metric, spread),
        )
      : metric.samples.map(([labels, value]) => figure(metric, labels, value)),
  );
  return together(
    all.filter((point) => Number.isFinite("total" in point ? point.total : point.value)),
  );
}

export function keyOf(point: Pick<Point, "metric" | "tags"> & { readonly to?: number }): string {
  return [point.metric, ...point.tags, ...(point.to === undefined ? [] : [point.to])].join("\n");
}

/** Labels that are one tag to Datadog (`Web`, `web`) are one count, too. */
function together(points: readonly Point[]): Point[] {
  const byKey = new Map<string, Point>();
  for (const point of points) {
    const key = keyOf(point);
    const other = byKey.get(key);
    const isSum = other && "total" in other && "total" in point;
    byKey.set(key, isSum ? { ...other, total: other.total + point.total } : point);
  }
  return [...byKey.values()];
}

type Spread = Histograms["spreads"][number];

function figure({ name, type }: Figures, labels: Spread["labels"], value: number): Point {
  const named = { metric: datadogName(name, type), tags: tagsOf(labels) };
  return type === "counter"
    ? { ...named, type: "count", total: value }
    : { ...named, type: "gauge", value };
}

function counted({ name }: Histograms, { labels, bounds, cumulative, sum }: Spread): Point[] {
  const metric = datadogName(name, "histogram");
  const tags = tagsOf(labels);
  return [
    ...cumulative.map((total, at): Counter => {
      const bound = tagsOf({ upper_bound: String(bounds[at] ?? "inf") });
      return { metric: `${metric}.bucket`, tags: [...tags, ...bound], type: "count", total };
    }),
    { metric: `${metric}.sum`, tags, type: "count", total: sum },
    { metric: `${metric}.count`, tags, type: "count", total: cumulative.at(-1) ?? 0 },
  ];
}

function spreadOut({ name }: Histograms, { labels, bounds, cumulative }: Spread): Bucket[] {
  const named = { metric: datadogName(name, "histogram"), tags: tagsOf(labels) };
  return cumulative.map((total, at) => ({
    ...named,
    type: "bucket",
    from: bounds[at - 1] ?? 0,
    to: bounds[at] ?? Number.POSITIVE_INFINITY,
    total: total - (cumulative[at - 1] ?? 0),
  }));
}
