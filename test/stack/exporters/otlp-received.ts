/** What a collector sends on as OTLP/JSON, in a form that can be compared at a glance. */
import * as z from "zod";
import type { Asked } from "../../http-peer.ts";

/** A whole number as bigint: OTLP tells it from 1.0. */
type Plain = string | boolean | number | bigint | Plain[];

const value: z.ZodType<Plain> = z.lazy(() =>
  z.union([
    z.strictObject({ stringValue: z.string() }).transform((of) => of.stringValue),
    z.strictObject({ boolValue: z.boolean() }).transform((of) => of.boolValue),
    z.strictObject({ intValue: z.string() }).transform((of) => BigInt(of.intValue)),
    z.strictObject({ doubleValue: z.number() }).transform((of) => of.doubleValue),
    z
      .strictObject({ arrayValue: z.strictObject({ values: z.array(value) }) })
      .transform((of) => of.arrayValue.values),
  ]),
);

const attributes = z
  .array(z.strictObject({ key: z.string(), value }))
  .transform((all) => Object.fromEntries(all.map((one) => [one.key, one.value])));

const scope = z.strictObject({ name: z.string(), version: z.string() });
const resource = z.strictObject({ attributes });
const point = {
  attributes: attributes.exactOptional(),
  startTimeUnixNano: z.string(),
  timeUnixNano: z.string(),
};

/** Strict: a field that nobody expects is a failure. */
const logs = z.strictObject({
  resourceLogs: z.array(
    z.strictObject({
      resource,
      scopeLogs: z.array(
        z.strictObject({
          scope,
          logRecords: z.array(
            z.strictObject({
              timeUnixNano: z.string(),
              observedTimeUnixNano: z.string(),
              severityNumber: z.number(),
              severityText: z.string(),
              body: value,
              eventName: z.string(),
              attributes,
              flags: z.number().exactOptional(),
              traceId: z.string().exactOptional(),
              spanId: z.string().exactOptional(),
            }),
          ),
          schemaUrl: z.string(),
        }),
      ),
      schemaUrl: z.string(),
    }),
  ),
});

const traces = z.strictObject({
  resourceSpans: z.array(
    z.strictObject({
      resource,
      scopeSpans: z.array(
        z.strictObject({
          scope,
          spans: z.array(
            z.strictObject({
              traceId: z.string(),
              spanId: z.string(),
              parentSpanId: z.string().exactOptional(),
              flags: z.number(),
              name: z.string(),
              kind: z.number(),
              startTimeUnixNano: z.string(),
              endTimeUnixNano: z.string(),
              attributes,
              status: z.strictObject({
                code: z.number().exactOptional(),
                message: z.string().exactOptional(),
              }),
            }),
          ),
          schemaUrl: z.string(),
        }),
      ),
      schemaUrl: z.string(),
    }),
  ),
});

const number = z.strictObject({ ...point, asDouble: z.number() });
const metrics = z.strictObject({
  resourceMetrics: z.array(
    z.strictObject({
      resource,
      scopeMetrics: z.array(
        z.strictObject({
          scope,
          metrics: z.array(
            z.strictObject({
              name: z.string(),
              description: z.string(),
              unit: z.string().exactOptional(),
              gauge: z.strictObject({ dataPoints: z.array(number) }).exactOptional(),
              sum: z
                .strictObject({
                  aggregationTemporality: z.number(),
                  isMonotonic: z.boolean(),
                  dataPoints: z.array(number),
                })
                .exactOptional(),
              histogram: z
                .strictObject({
                  aggregationTemporality: z.number(),
                  dataPoints: z.array(
                    z.strictObject({
                      ...point,
                      count: z.string(),
                      sum: z.number(),
                      bucketCounts: z.array(z.string()),
                      explicitBounds: z.array(z.number()),
                    }),
                  ),
                })
                .exactOptional(),
            }),
          ),
          schemaUrl: z.string(),
        }),
      ),
      schemaUrl: z.string(),
    }),
  ),
});

const bodies = (asked: readonly Asked[], path: string): unknown[] =>
  asked
    .filter((each) => each.path === path)
    .map(({ body }): unknown => JSON.parse(body.toString()));

export function resourceLogs(asked: readonly Asked[]) {
  return bodies(asked, "/v1/logs").flatMap((body) => logs.parse(body).resourceLogs);
}

export function logRecords(asked: readonly Asked[]) {
  return resourceLogs(asked).flatMap(({ scopeLogs }) =>
    scopeLogs.flatMap(({ logRecords: records }) => records),
  );
}

export function spans(asked: readonly Asked[]) {
  return bodies(asked, "/v1/traces")
    .flatMap((body) => traces.parse(body).resourceSpans)
    .flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans: some }) => some));
}

export function metricsIn(asked: readonly Asked[]) {
  return bodies(asked, "/v1/metrics")
    .flatMap((body) => metrics.parse(body).resourceMetrics)
    .flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics: some }) => some));
}
