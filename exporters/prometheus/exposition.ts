/**
 * The text of /metrics, in the format that the scraper asked for; everything is read at the scrape.
 */
import { Counter, Gauge, Registry } from "@prometheus-io/client";
import { CountedHistogram } from "./counted-histogram.ts";
import type { Metric } from "../metrics/metric.ts";
import { metrics } from "../metrics/metrics.ts";
import type { MetricsSource } from "../metrics/source.ts";

export interface Exposition {
  readonly contentType: string;
  readonly body: string;
}

/**
 * A registry per format: the client renames its counters when it writes OpenMetrics, so that one
 * registry cannot serve both.
 */
export class Exporter {
  readonly #text: Registry;
  readonly #openMetrics: Registry;

  constructor(source: MetricsSource) {
    this.#text = registryOf(source, new Registry());
    const openMetrics = new Registry();
    openMetrics.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
    this.#openMetrics = registryOf(source, openMetrics);
  }

  async scrape(accept: string | undefined): Promise<Exposition> {
    const registry = prefersOpenMetrics(accept) ? this.#openMetrics : this.#text;
    return { contentType: registry.contentType, body: await registry.metrics() };
  }
}

function registryOf(source: MetricsSource, registry: Registry): Registry {
  for (const metric of metrics) register(metric, source, registry);
  return registry;
}

function register(metric: Metric, source: MetricsSource, to: Registry) {
  const { name, help, labels } = metric;
  const common = { name, help, labelNames: [...labels], registers: [to] };
  if (metric.type === "histogram") {
    to.registerMetric(new CountedHistogram(metric, () => metric.read(source)));
  } else if (metric.type === "counter") {
    const counter: Counter<string> = new Counter({
      ...common,
      collect() {
        counter.reset();
        for (const [values, value] of metric.read(source)) counter.inc(values, value);
      },
    });
  } else {
    const gauge: Gauge<string> = new Gauge({
      ...common,
      collect() {
        gauge.reset();
        // Without labels the client has a 0 where nobody said so.
        if (labels.length === 0) gauge.remove();
        for (const [values, value] of metric.read(source)) gauge.set(values, value);
      },
    });
  }
}

/** The weights of RFC 9110: what is not named is not wanted, a tie goes to plain text. */
export function prefersOpenMetrics(accept = ""): boolean {
  const weight = (type: string) => {
    let heaviest = 0;
    for (const part of accept.split(",")) {
      const [name = "", ...parameters] = part.split(";").map((piece) => piece.trim());
      if (name.toLowerCase() !== type) continue;
      const q = parameters.find((parameter) => parameter.startsWith("q="));
      heaviest = Math.max(heaviest, q === undefined ? 1 : Number(q.slice(2)) || 0);
    }
    return heaviest;
  };
  return weight("application/openmetrics-text") > weight("text/plain");
}
