/** Metrics by HTTP: counts and gauges as series (v2), guessed values as distributions (v1). */
import type { Snapshot } from "../metrics/snapshot.ts";
import { chunksOf, sendChunks, type Fate } from "./chunks.ts";
import type { Growth } from "./growth.ts";
import type { Answered } from "./intake.ts";
import { pointsOf, type Bucket, type HistogramForm, type Point } from "./points.ts";
import type { Sender } from "./sender.ts";
import { valuesIn } from "./spread-values.ts";
import { eachOnce } from "./tags.ts";

/** Both as Datadog has them. */
export const mostCompressedBytes = 512_000;
const mostBytes = 5_242_880;
/** Older ones Datadog drops without a word. */
export const mostAgeMs = 3_600_000;
/** Of one bucket at once; the others come with the next snapshot. */
const mostValues = 1_000;
const types = { count: 1, gauge: 3 } as const;

interface Ready {
  readonly point: Point;
  readonly grown: number;
  readonly json: string;
}

export interface MetricsTo {
  readonly series: (body: string) => Promise<Answered>;
  readonly distributions: (body: string) => Promise<Answered>;
}

export class MetricsIntake {
  readonly #growth: Growth;
  readonly #sender: Sender;
  readonly #form: HistogramForm;

  constructor(growth: Growth, sender: Sender, form: HistogramForm) {
    this.#growth = growth;
    this.#sender = sender;
    this.#form = form;
  }

  /** What was taken is remembered even where the rest was not. Undefined: all of it. */
  async send(snapshot: Snapshot, to: MetricsTo): Promise<string | undefined> {
    const { atMs, sinceMs } = snapshot;
    const points = pointsOf(snapshot, this.#form);
    this.#growth.begin(sinceMs, atMs, () => points.filter((point) => "total" in point));
    const interval = this.#growth.intervalSeconds(atMs);
    const atSeconds = Math.floor(atMs / 1_000);
    const series: Ready[] = [];
    const distributions: Ready[] = [];
    for (const point of points) {
      if (point.type !== "bucket") series.push(this.#series(point, atSeconds, interval));
      else distributions.push(...this.#distribution(point, atSeconds));
    }
    const fates = [
      ...(await this.#all(series, to.series)),
      ...(await this.#all(distributions, to.distributions)),
    ];
    for (const { item, meaning } of fates)
      if (meaning === "taken" && "total" in item.point) this.#growth.sent(item.point, item.grown);
    const failed = fates.find(({ meaning }) => meaning !== "taken");
    if (failed === undefined) this.#growth.finish(atMs);
    return failed?.why;
  }

  #series(point: Exclude<Point, Bucket>, timestamp: number, interval: number): Ready {
    const { metric, type } = point;
    const value = type === "gauge" ? point.value : this.#growth.of(point);
    const json = JSON.stringify({
      metric,
      type: types[type],
      ...(type === "count" && { interval }),
      points: [{ timestamp, value }],
      resources: [{ type: "host", name: this.#sender.host }],
      tags: eachOnce(point.tags, this.#sender.tags),
    });
    return { point, grown: type === "gauge" ? 0 : value, json };
  }

  #distribution(point: Bucket, timestamp: number): Ready[] {
    const grown = Math.min(this.#growth.of(point), mostValues);
    if (grown === 0) return [];
    const json = JSON.stringify({
      metric: point.metric,
      type: "distribution",
      points: [[timestamp, valuesIn(point, grown)]],
      host: this.#sender.host,
      tags: eachOnce(point.tags, this.#sender.tags),
    });
    return [{ point, grown, json }];
  }

  async #all(
    ready: readonly Ready[],
    post: (body: string) => Promise<Answered>,
  ): Promise<Fate<Ready>[]> {
    const chunks = chunksOf(ready, { items: Infinity, bytes: mostBytes });
    return sendChunks(chunks, (items) =>
      post(`{"series":[${items.map(({ json }) => json).join(",")}]}`),
    );
  }
}
