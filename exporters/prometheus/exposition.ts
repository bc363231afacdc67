/**
 * The text of /metrics, in the format that the scraper asked for; everything is read at the scrape.
 */
import { Registry } from "@prometheus-io/client";
import type { Metric } from "../metrics/metric.ts";
import { SeriesLimit } from "../metrics/series-limit.ts";
import type { MetricsSource } from "../metrics/source.ts";
import { encoded, type Encoded } from "./compression.ts";
import { CountedFigures } from "./counted-figures.ts";
import { CountedHistogram } from "./counted-histogram.ts";
import { formatFor } from "./negotiation.ts";

export interface Exposition {
  readonly contentType: string;
  readonly body: string;
}

/** Of a request's headers. */
interface Asked {
  readonly accept?: string | undefined;
  readonly "accept-encoding"?: string | undefined;
}

/** A registry per format: the client's writes one. */
export class Exporter {
  readonly #source: MetricsSource;
  readonly #limit: SeriesLimit;
  readonly #text = new Registry();
  readonly #openMetrics = new Registry();
  /** What is read now, in the order of the limit's metrics. */
  #reading: readonly Metric[] = [];

  /** Who pushes metrics shares the limit: its counts of who is folded are one. */
  constructor(source: MetricsSource, limit = new SeriesLimit()) {
    this.#source = source;
    this.#limit = limit;
    this.#openMetrics.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
    this.#register(this.#text, false);
    this.#register(this.#openMetrics, true);
  }

  async scrape(accept: string | undefined): Promise<Exposition> {
    const { contentType, isOpenMetrics } = formatFor(accept);
    const registry = isOpenMetrics ? this.#openMetrics : this.#text;
    this.#reading = this.#limit.at(this.#source);
    // It asks each metric at once, and only then waits.
    const body = registry.metrics();
    this.#reading = [];
    return { contentType, body: await body };
  }

  /** The same, as it goes over the wire. */
  async answer(asked: Asked): Promise<Encoded & Pick<Exposition, "contentType">> {
    const { contentType, body } = await this.scrape(asked.accept);
    return { contentType, ...(await encoded(body, asked["accept-encoding"])) };
  }

  #register(to: Registry, openMetrics: boolean): void {
    for (const [at, metric] of this.#limit.metrics.entries()) {
      if (metric.type === "histogram") {
        to.registerMetric(new CountedHistogram(metric, () => this.#spreads(at)));
      } else {
        to.registerMetric(new CountedFigures(metric, () => this.#samples(at), openMetrics));
      }
    }
  }

  #spreads(at: number) {
    const metric = this.#reading[at];
    return metric?.type === "histogram" ? metric.read(this.#source) : [];
  }

  #samples(at: number) {
    const metric = this.#reading[at];
    return metric === undefined || metric.type === "histogram" ? [] : metric.read(this.#source);
  }
}
