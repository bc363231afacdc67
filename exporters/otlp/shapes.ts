/**
 * OTLP's messages as its JSON writes them, as far as Pahlevan has something to say in them:
 * https://github.com/open-telemetry/opentelemetry-proto. Nanoseconds are texts, as JSON has no
 * numbers for them.
 */

export type AnyValue =
  | { readonly stringValue: string }
  | { readonly boolValue: boolean }
  | { readonly intValue: number }
  | { readonly doubleValue: number }
  | { readonly arrayValue: { readonly values: readonly AnyValue[] } };

export interface KeyValue {
  readonly key: string;
  readonly value: AnyValue;
}

/** Who sends: the resource's attributes, and the scope. */
export interface Source {
  readonly attributes: readonly KeyValue[];
  readonly scope: { readonly name: string; readonly version: string };
}

export interface LogRecord {
  readonly timeUnixNano: string;
  readonly observedTimeUnixNano: string;
  readonly severityNumber: 5 | 9 | 13 | 17 | 21;
  readonly severityText: string;
  readonly body: { readonly stringValue: string };
  readonly attributes: readonly KeyValue[];
  /** All three or none. */
  readonly flags?: typeof sampled;
  readonly traceId?: string;
  readonly spanId?: string;
  readonly eventName: string;
}

export interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly flags: typeof sampledHere;
  readonly name: string;
  readonly kind: typeof internal;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly KeyValue[];
  readonly status: { readonly code?: typeof failed; readonly message?: string };
}

export interface Point {
  readonly startTimeUnixNano: string;
  readonly timeUnixNano: string;
  readonly attributes: readonly KeyValue[];
  readonly asDouble: number;
}

export interface Spread extends Omit<Point, "asDouble"> {
  readonly count: number;
  readonly sum: number;
  readonly bucketCounts: readonly number[];
  readonly explicitBounds: readonly number[];
}

type Temporality = typeof delta | typeof cumulative;

export interface Metric {
  readonly name: string;
  readonly description: string;
  readonly unit: string;
  /** One of these. */
  readonly gauge?: { readonly dataPoints: readonly Point[] };
  readonly sum?: {
    readonly aggregationTemporality: Temporality;
    readonly isMonotonic: true;
    readonly dataPoints: readonly Point[];
  };
  readonly histogram?: {
    readonly aggregationTemporality: Temporality;
    readonly dataPoints: readonly Spread[];
  };
}

/**
 * Everything that Pahlevan tells is told: nothing is sampled. Of a span: and has no remote parent.
 */
export const sampled = 0x001;
export const sampledHere = 0x101;

/** Of SpanKind, StatusCode and AggregationTemporality. */
export const internal = 1;
export const failed = 2;
export const delta = 1;
export const cumulative = 2;

export const signals = ["logs", "traces", "metrics"] as const;
export type Signal = (typeof signals)[number];

/** Whose names `registry.ts` uses. */
export const schemaUrl = "https://opentelemetry.io/schemas/1.45.0";
