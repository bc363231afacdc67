/** A snapshot as OpenTelemetry's metrics, by the names that Prometheus scrapes. */
import type { Figures, Histograms, Snapshot } from "../metrics/snapshot.ts";
import { apart, type Base } from "./delta.ts";
import { keyValues } from "./key-values.ts";
import { nanoseconds } from "./log-record.ts";
import { cumulative as all, delta, type Metric } from "./shapes.ts";

export interface Window {
  readonly startTimeUnixNano: string;
  readonly timeUnixNano: string;
}

export function windowOf({ sinceMs, atMs }: Snapshot, base: Base | undefined): Window {
  return {
    startTimeUnixNano: nanoseconds(base?.sinceMs ?? sinceMs),
    timeUnixNano: nanoseconds(atMs),
  };
}

export function hasPoints(metric: Figures | Histograms): boolean {
  return metric.type === "histogram" ? metric.spreads.length > 0 : metric.samples.some(isKnown);
}

/** `base`: what the peer has already, where it wants to hear only what came since. */
export function metricOf(
  metric: Figures | Histograms,
  window: Window,
  base: Base | undefined,
): Metric {
  return metric.type === "histogram"
    ? histogramOf(metric, window, base)
    : figuresOf(metric, window, base);
}

/** A number that is none has no place in OTLP's JSON. */
function isKnown([, value]: Figures["samples"][number]): boolean {
  return Number.isFinite(value);
}

function figuresOf(metric: Figures, window: Window, base: Base | undefined): Metric {
  const { name, help, type, samples } = metric;
  const isGauge = type === "gauge";
  const dataPoints = samples.filter(isKnown).map(([labels, value]) => ({
    ...window,
    attributes: keyValues(labels),
    asDouble:
      (isGauge ? undefined : base?.since(name, labels, { value, buckets: [] }).value) ?? value,
  }));
  return {
    ...{ name, description: help, unit: unitOf(name) },
    ...(isGauge
      ? { gauge: { dataPoints } }
      : { sum: { aggregationTemporality: base ? delta : all, isMonotonic: true, dataPoints } }),
  };
}

function histogramOf(metric: Histograms, window: Window, base: Base | undefined): Metric {
  const { name, help, spreads } = metric;
  const dataPoints = spreads.map(({ labels, bounds, cumulative, sum: total }) => {
    const now = { value: total, buckets: apart(cumulative) };
    const { value, buckets } = base?.since(name, labels, now) ?? now;
    return {
      ...window,
      attributes: keyValues(labels),
      count: buckets.reduce((count, one) => count + one, 0),
      sum: value,
      bucketCounts: buckets,
      explicitBounds: bounds,
    };
  });
  return {
    ...{ name, description: help, unit: unitOf(name) },
    histogram: { aggregationTemporality: base ? delta : all, dataPoints },
  };
}

/** UCUM, as far as a name says it. Where it says none, Prometheus would make a suffix of ours. */
export function unitOf(name: string): string {
  const [, unit = ""] = /_(seconds|bytes|ratio)(?:_total)?$/.exec(name) ?? [];
  return units[unit] ?? "";
}

const units: Readonly<Record<string, string>> = { seconds: "s", bytes: "By", ratio: "1" };
