/** Metrics as a peer sees them from one time to the next. */
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { HttpPeerServer } from "../../test/http-peer.ts";
import { made, sinkOf } from "../../test/stack/exporters/otlp-made.ts";
import type { Snapshot } from "../metrics/snapshot.ts";
import { unitOf } from "./metric-data.ts";

const never = new AbortController().signal;
const source = { source: "grafana" };

function counted(
  atMs: number,
  count: number,
  cumulative: readonly number[],
  sinceMs = 0,
): Snapshot {
  return {
    atMs,
    sinceMs,
    metrics: [
      { name: "acts_total", help: "", type: "counter", samples: [[{ b: "1", a: "2" }, count]] },
      { name: "now", help: "", type: "gauge", samples: [[{}, count]] },
      {
        name: "lag_seconds",
        help: "",
        type: "histogram",
        spreads: [{ labels: source, bounds: [1], cumulative, sum: cumulative.at(-1) ?? 0 }],
      },
    ],
  };
}

const sent = z.object({
  resourceMetrics: z.array(
    z.object({
      scopeMetrics: z.array(
        z.object({
          metrics: z.array(
            z.object({
              sum: z
                .object({
                  aggregationTemporality: z.number(),
                  dataPoints: z.array(
                    z.object({ startTimeUnixNano: z.string(), asDouble: z.number() }),
                  ),
                })
                .exactOptional(),
              gauge: z
                .object({ dataPoints: z.array(z.object({ asDouble: z.number() })) })
                .exactOptional(),
              histogram: z
                .object({
                  dataPoints: z.array(
                    z.object({
                      count: z.number(),
                      sum: z.number(),
                      bucketCounts: z.array(z.number()),
                    }),
                  ),
                })
                .exactOptional(),
            }),
          ),
        }),
      ),
    }),
  ),
});

/** [when it began in seconds, the counter, the gauge, the histogram's buckets] */
function tuples(peer: HttpPeerServer) {
  return peer.asked.map(({ body }) => {
    const { resourceMetrics } = sent.parse(JSON.parse(body.toString()));
    const metrics = resourceMetrics.flatMap(({ scopeMetrics }) =>
      scopeMetrics.flatMap(({ metrics: some }) => some),
    );
    const sum = metrics.find((one) => one.sum)?.sum;
    const [point] = sum?.dataPoints ?? [];
    const gauge = metrics.find((one) => one.gauge)?.gauge?.dataPoints[0]?.asDouble;
    const buckets = metrics.find((one) => one.histogram)?.histogram?.dataPoints[0]?.bucketCounts;
    return [Number(point?.startTimeUnixNano) / 1e9, point?.asDouble, gauge, buckets];
  });
}

const delta = { protocol: "http/json", temporality: "delta" };

describe("metrics", () => {
  it("tell all since the start each time, unless it is said otherwise", async () => {
    await using peer = await HttpPeerServer.start();
    const sink = sinkOf({ endpoint: peer.url, protocol: "http/json" });
    await sink.sendMetrics?.(counted(1_000, 5, [1, 2]), never);
    await sink.sendMetrics?.(counted(2_000, 7, [2, 4]), never);
    await sink.close();
    expect(tuples(peer)).toEqual([
      [0, 5, 5, [1, 1]],
      [0, 7, 7, [2, 2]],
    ]);
  });

  it("tell as deltas what came since the peer took the last; what failed is made good", async () => {
    await using peer = await HttpPeerServer.start();
    const sink = sinkOf({ endpoint: peer.url, ...delta });
    await sink.sendMetrics?.(counted(1_000, 5, [1, 2]), never);
    peer.answer = () => ({ status: 503 });
    await expect(sink.sendMetrics?.(counted(2_000, 7, [2, 4]), never)).rejects.toThrow("503");
    peer.answer = () => ({ status: 200 });
    await sink.sendMetrics?.(counted(3_000, 8, [2, 5]), never);
    await sink.close();
    expect(tuples(peer)).toEqual([
      [0, 5, 5, [1, 1]],
      [1, 2, 7, [1, 1]],
      [1, 3, 8, [1, 2]],
    ]);
  });

  it("begin a series anew that is less than it was", async () => {
    await using peer = await HttpPeerServer.start();
    const sink = sinkOf({ endpoint: peer.url, ...delta });
    await sink.sendMetrics?.(counted(1_000, 5, [4, 4]), never);
    await sink.sendMetrics?.(counted(2_000, 3, [1, 2]), never);
    await sink.close();
    expect(tuples(peer).at(-1)).toEqual([1, 3, 3, [1, 1]]);
  });

  it("tell nothing twice when the sink is made anew, and all of a new start", async () => {
    await using peer = await HttpPeerServer.start();
    const around = made();
    const first = sinkOf({ endpoint: peer.url, ...delta }, around);
    await first.sendMetrics?.(counted(1_000, 5, [1, 2]), never);
    await first.close();
    const next = sinkOf({ endpoint: peer.url, ...delta }, around);
    await next.sendMetrics?.(counted(2_000, 7, [2, 4]), never);
    await next.sendMetrics?.(counted(3_000, 8, [2, 5]), never);
    await next.close();
    const restarted = sinkOf({ endpoint: peer.url, ...delta }, around);
    await restarted.sendMetrics?.(counted(9_000, 2, [1, 1], 8_000), never);
    await restarted.close();
    expect(tuples(peer)).toEqual([
      [0, 5, 5, [1, 1]],
      [2, 0, 7, [0, 0]],
      [2, 1, 8, [0, 1]],
      [8, 2, 2, [1, 0]],
    ]);
  });

  it("are taken in part: that is said, and not told again", async () => {
    await using peer = await HttpPeerServer.start();
    const sink = sinkOf({ endpoint: peer.url, ...delta });
    peer.answer = () => ({ status: 200, body: '{"partialSuccess":{"rejectedDataPoints":"1"}}' });
    await expect(sink.sendMetrics?.(counted(1_000, 5, [1, 2]), never)).rejects.toThrow(
      "it took all but 1 data points",
    );
    peer.answer = () => ({ status: 200 });
    await sink.sendMetrics?.(counted(2_000, 6, [1, 2]), never);
    await sink.close();
    expect(tuples(peer).at(-1)?.slice(0, 2)).toEqual([1, 1]);
  });

  it.each([
    ["pahlevan_signal_lag_seconds", "s"],
    ["pahlevan_kernel_program_seconds_total", "s"],
    ["pahlevan_ring_size_bytes", "By"],
    ["pahlevan_learning_progress_ratio", "1"],
    ["pahlevan_records_dropped_total", ""],
    ["pahlevan_events_per_second", ""],
  ])("have the unit that %s says", (name, unit) => {
    expect(unitOf(name)).toBe(unit);
  });
});
