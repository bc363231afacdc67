/**
 * What a real Prometheus makes of /metrics: exemplars, the bound on series, workloads that go, and
 * the queries of the exporters' dashboard. The figures are made; who serves and who reads them is not.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as z from "zod";
import { traced } from "@pahlevan/exporters/metrics/exemplar.ts";
import { Distributions } from "@pahlevan/exporters/metrics/distribution.ts";
import { madePolicy, madeSink, madeSource, noLoop } from "@pahlevan/exporters/metrics/made.ts";
import { SeriesLimit } from "@pahlevan/exporters/metrics/series-limit.ts";
import { Exporter } from "@pahlevan/exporters/prometheus/exposition.ts";
import type { MetricsSource, PolicyFigures } from "@pahlevan/exporters/metrics/source.ts";
import { HttpServer } from "../../agent/sense/http.ts";
import { exportersBoard } from "../../dashboards/boards/exporters.ts";
import { Prometheus, prometheus } from "./monitoring/prometheus.ts";

const missing = prometheus === undefined ? "needs prometheus (Debian: prometheus)" : undefined;

/** Scraped each second by a Prometheus that keeps exemplars. */
class Scraped implements AsyncDisposable {
  readonly prometheus: Prometheus;
  /** What it says to be answered with. */
  readonly headers: Readonly<Record<string, string | undefined>>[];
  readonly #http: HttpServer;

  private constructor(
    server: Prometheus,
    http: HttpServer,
    headers: Readonly<Record<string, string | undefined>>[],
  ) {
    this.prometheus = server;
    this.headers = headers;
    this.#http = http;
  }

  static async of(source: MetricsSource, limit = new SeriesLimit()): Promise<Scraped> {
    const exporter = new Exporter(source, limit);
    const headers: Readonly<Record<string, string | undefined>>[] = [];
    const health = () => ({ ok: true, reasons: [] });
    const http = new HttpServer({
      ...{ healthy: health, ready: health },
      metrics: async (asked) => {
        const answer = await exporter.answer(asked);
        headers.push({ type: answer.contentType, encoding: answer.encoding });
        return answer;
      },
    });
    const port = await http.listen("127.0.0.1", 0);
    const server = await Prometheus.scraping({
      target: `127.0.0.1:${port}`,
      intervalSeconds: 1,
      features: ["exemplar-storage"],
    });
    return new Scraped(server, http, headers);
  }

  /** Waits for it. */
  answers(query: string) {
    return expect.poll(() => this.prometheus.query(query));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.prometheus[Symbol.asyncDispose]();
    await this.#http.close();
  }
}

const of = (at: number): PolicyFigures =>
  madePolicy({ workload: `w${at}`, policy: `w${at}`, failures: { enforce: at, monitor: 0 } });
const traceId = "0af7651916cd43dd8448eb211c80319c";
const spanId = "b7ad6b7169203331";

describe.skipIf(missing !== undefined)(`Prometheus reads (${missing ?? "it is there"})`, () => {
  describe("an agent that is well", () => {
    let scraped: Scraped;
    const policies = [of(0), of(1)];
    const lag = new Distributions([0.5, 30]);
    const occasion = traced({ traceId, spanId }, Date.now());
    let sent = 0;
    beforeAll(async () => {
      lag.count("alertmanager", 12, occasion);
      const newest = { ...occasion, value: 1 };
      const [first] = policies;
      if (first !== undefined)
        policies[0] = { ...first, decided: first.decided.map((each) => ({ ...each, newest })) };
      scraped = await Scraped.of(
        madeSource({
          policies: () => policies,
          loop: () => ({ ...noLoop, signalLag: lag }),
          sinks: () => [madeSink({ attempts: { done: (sent += 3), failed: 1 } })],
        }),
      );
    });
    afterAll(() => scraped[Symbol.asyncDispose]());

    it("in OpenMetrics, compressed", async () => {
      await scraped.answers('up{job="pahlevan"}').toEqual([1]);
      expect(scraped.headers[0]).toEqual({
        type: "application/openmetrics-text; version=1.0.0; charset=utf-8",
        encoding: "gzip",
      });
    });

    it("with the trace of one of many, of counters and of buckets", async () => {
      const traces = (query: string) =>
        expect.poll(() => scraped.prometheus.exemplars(query, "trace_id"));
      await traces('pahlevan_policy_violations_total{facet="exec"}').toEqual([traceId]);
      await traces("pahlevan_signal_lag_seconds_bucket").toEqual([traceId]);
      expect(
        await scraped.prometheus.exemplars("pahlevan_policy_violations_total", "span_id"),
      ).toContain(spanId);
    });

    it("every query of the exporters' dashboard, and has an answer", async () => {
      const shape = z.object({
        panels: z.array(z.object({ targets: z.array(z.object({ expr: z.string() })).default([]) })),
      });
      const { panels } = shape.parse(JSON.parse(exportersBoard()));
      const queries = panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));
      expect(queries).toHaveLength(9);
      for (const query of queries)
        await scraped
          .answers(query.replaceAll("$exporter", ".*").replaceAll("$__rate_interval", "1m"))
          .not.toEqual([]);
      await scraped
        .answers('sum by (exporter) (pahlevan_exporter_records_queued{lane="decision"})')
        .toEqual([1]);
    });

    it("of a workload that is gone nothing more", async () => {
      await scraped.answers('pahlevan_learning_converged{workload="w1"}').toEqual([1]);
      policies.pop();
      await scraped.answers('count({workload="w1"})').toEqual([]);
      const other = 'pahlevan_learning_converged{workload="w0"}';
      expect(await scraped.prometheus.query(other)).toEqual([1]);
    });
  });

  it("no more series than there may be, and what the others count goes on", async () => {
    let more = 0;
    const policies = Array.from({ length: 300 }, (_, at) => of(at));
    const source = madeSource({
      policies: () =>
        policies.map((policy, at) => ({ ...policy, untold: at === 299 ? 1_000 + more++ : 7 })),
    });
    await using scraped = await Scraped.of(source, new SeriesLimit(2_000));
    const samples = 'scrape_samples_scraped{job="pahlevan"}';
    await scraped.answers(`${samples} > 1900 <= 2000`).toHaveLength(1);
    await scraped.answers("pahlevan_series_folded > bool 0").toEqual([1]);
    const others = 'pahlevan_decisions_untold_total{workload="other"}';
    await scraped.answers(`increase(${others}[1m]) > bool 0`).toEqual([1]);
    expect(await scraped.prometheus.query(`resets(${others}[1m])`)).toEqual([0]);
    await scraped.answers(`max_over_time(${samples}[1m]) <= bool 2000`).toEqual([1]);
    // Told one by one or together, all failures are told.
    const all = (299 * 300) / 2;
    await scraped.answers('sum(pahlevan_instance_failures_total{mode="enforce"})').toEqual([all]);
  });
});
