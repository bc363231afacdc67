/** A snapshot as OpenTelemetry's metrics, by the names that Prometheus scrapes. */
import type { Figures, Histograms, Snapshot } from "../metrics/snapshot.ts";
import { apart, type Base } from "./delta.ts";
import type { Source } from "./log-record.ts";
import {
  cumulative as all,
  delta,
  double,
  gauge,
  histogram,
  instantOfMs,
  sum,
  type Instant,
  type MetricData,
  type ResourceMetrics,
} from "./shapes.ts";

/** `base`: what the peer has already, where it wants to hear only what came since. */
export function metricsOf(
  snapshot: Snapshot,
  { resource, scope }: Source,
  base: Base | undefined,
): ResourceMetrics {
  const window = {
    startTime: instantOfMs(base?.sinceMs ?? snapshot.sinceMs),
    endTime: instantOfMs(snapshot.atMs),
  };
  const metrics = snapshot.metrics
    .map((metric) =>
      metric.type === "histogram"
        ? histogramOf(metric, window, base)
        : figuresOf(metric, window, base),
    )
    .filter(({ dataPoints }) => dataPoints.length > 0);
  return { resource, scopeMetrics: [{ scope, metrics }] };
}

interface Window {
  readonly startTime: Instant;
  readonly endTime: Instant;
}

function figuresOf(metric: Figures, window: Window, base: Base | undefined): MetricData {
  const { name, help, type, samples } = metric;
  const descriptor = { name, description: help, unit: unitOf(name), valueType: double } as const;
  // A number that is none has no place in OTLP's JSON.
  const known = samples.filter(([, value]) => Number.isFinite(value));
  const common = { descriptor, aggregationTemporality: base ? delta : all } as const;
  if (type === "gauge") {
    const dataPoints = known.map(([labels, value]) => ({
      ...window,
      attributes: { ...labels },
      value,
    }));
    return { ...common, dataPointType: gauge, dataPoints };
  }
  const dataPoints = known.map(([labels, value]) => ({
    ...window,
    attributes: { ...labels },
    value: base?.since(name, labels, { value, buckets: [] }).value ?? value,
  }));
  return { ...common, dataPointType: sum, isMonotonic: true, dataPoints };
}

function histogramOf(metric: Histograms, window: Window, base: Base | undefined): MetricData {
  const { name, help, spreads } = metric;
  return {
    descriptor: { name, description: help, unit: unitOf(name), valueType: double },
    aggregationTemporality: base ? delta : all,
    dataPointType: histogram,
    dataPoints: spreads.map(({ labels, bounds, cumulative, sum: total }) => {
      const now = { value: total, buckets: apart(cumulative) };
      const { value, buckets } = base?.since(name, labels, now) ?? now;
      return {
        ...window,
        attributes: { ...labels },
        value: {
          buckets: { boundaries: [...bounds], counts: [...buckets] },
          count: buckets.reduce((count, one) => count + one, 0),
          sum: value,
        },
      };
    }),
  };
}

/** UCUM, as far as a name says it. Where it says none, Prometheus would make a suffix of ours. */
export function unitOf(name: string): string {
  const [, unit = ""] = /_(seconds|bytes|ratio)(?:_total)?$/.exec(name) ?? [];
  return units[unit] ?? "";
}

const units: Readonly<Record<string, string>> = { seconds: "s", bytes: "By", ratio: "1" };
