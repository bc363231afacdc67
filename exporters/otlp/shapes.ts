/**
 * The shapes that OpenTelemetry's serializers read, made without the SDK that usually makes them:
 * numbers stand for its enumerations, which are not worth loading it for.
 */
import type { ProtobufLogsSerializer } from "@opentelemetry/otlp-transformer";

type Theirs = Parameters<(typeof ProtobufLogsSerializer)["serializeRequest"]>[0][number];
export type Resource = Theirs["resource"];

export interface Scope {
  readonly name: string;
  readonly version: string;
  readonly schemaUrl: string;
}

type Attributes = Record<string, string | number | boolean | string[]>;

interface SpanContext {
  readonly traceId: string;
  readonly spanId: string;
  readonly traceFlags: number;
}

export interface LogRecord {
  readonly eventName: string;
  readonly hrTime: Instant;
  readonly hrTimeObserved: Instant;
  readonly severityNumber: 5 | 9 | 13 | 17 | 21;
  readonly severityText: string;
  readonly body: string;
  readonly attributes: Attributes;
  readonly droppedAttributesCount: number;
  readonly spanContext?: SpanContext;
  readonly resource: Resource;
  readonly instrumentationScope: Scope;
}

export interface Span {
  readonly name: string;
  readonly kind: typeof internal;
  readonly spanContext: () => SpanContext;
  readonly parentSpanContext?: SpanContext;
  readonly startTime: Instant;
  readonly endTime: Instant;
  readonly duration: Instant;
  readonly ended: boolean;
  readonly status: { readonly code: typeof unset | typeof failed; readonly message?: string };
  readonly attributes: Attributes;
  readonly links: never[];
  readonly events: never[];
  readonly resource: Resource;
  readonly instrumentationScope: Scope;
  readonly droppedAttributesCount: number;
  readonly droppedEventsCount: number;
  readonly droppedLinksCount: number;
}

/** SpanKind and SpanStatusCode. */
export const internal = 0;
export const unset = 0;
export const failed = 2;

interface Point<T> {
  readonly startTime: Instant;
  readonly endTime: Instant;
  readonly attributes: Attributes;
  readonly value: T;
}

interface Described {
  readonly descriptor: {
    readonly name: string;
    readonly description: string;
    readonly unit: string;
    readonly valueType: typeof double;
  };
  readonly aggregationTemporality: typeof delta | typeof cumulative;
}

export type MetricData =
  | (Described & {
      readonly dataPointType: typeof sum;
      readonly isMonotonic: boolean;
      readonly dataPoints: Point<number>[];
    })
  | (Described & { readonly dataPointType: typeof gauge; readonly dataPoints: Point<number>[] })
  | (Described & {
      readonly dataPointType: typeof histogram;
      readonly dataPoints: Point<{
        readonly buckets: { readonly boundaries: number[]; readonly counts: number[] };
        readonly count: number;
        readonly sum: number;
      }>[];
    });

/** DataPointType, ValueType and AggregationTemporality. */
export const sum = 3;
export const gauge = 2;
export const histogram = 0;
export const double = 1;
export const delta = 0;
export const cumulative = 1;

export interface ResourceMetrics {
  readonly resource: Resource;
  readonly scopeMetrics: { readonly scope: Scope; readonly metrics: MetricData[] }[];
}

/** Seconds and nanoseconds. */
export type Instant = [number, number];

export const signals = ["logs", "traces", "metrics"] as const;
export type Signal = (typeof signals)[number];

/** Whose names `registry.ts` uses. */
export const schemaUrl = "https://opentelemetry.io/schemas/1.45.0";

export function instantOf(ns: bigint): Instant {
  return [Number(ns / 1_000_000_000n), Number(ns % 1_000_000_000n)];
}

export function instantOfMs(ms: number): Instant {
  return instantOf(BigInt(Math.trunc(ms)) * 1_000_000n);
}

/** Everything that Pahlevan tells is told: nothing is sampled. */
export const sampled = 1;
