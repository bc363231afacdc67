/** OTLP's messages as protobuf: each field by the number that opentelemetry-proto gives it. */
import { Pen } from "./pen.ts";
import {
  schemaUrl,
  type AnyValue,
  type KeyValue,
  type LogRecord,
  type Metric,
  type Point,
  type Source,
  type Span,
  type Spread,
} from "./shapes.ts";

/** Puts the fields of one message. */
export type Put<T> = (pen: Pen, of: T) => void;

/** Each signal's request has this form: a resource, its scope, and what that tells. */
export function requestOf<T>(source: Source, records: readonly T[], put: Put<T>): Uint8Array {
  const pen = new Pen();
  pen.message(1, () => {
    pen.message(1, () => putAttributes(pen, 1, source.attributes));
    pen.message(2, () => {
      pen.message(1, () => {
        pen.text(1, source.scope.name);
        pen.text(2, source.scope.version);
      });
      for (const record of records) pen.message(2, () => put(pen, record));
      pen.text(3, schemaUrl);
    });
    pen.text(3, schemaUrl);
  });
  return pen.written;
}

export function putLogRecord(pen: Pen, of: LogRecord): void {
  pen.fixed64(1, BigInt(of.timeUnixNano));
  pen.int(2, of.severityNumber);
  pen.text(3, of.severityText);
  pen.message(5, () => putValue(pen, of.body));
  putAttributes(pen, 6, of.attributes);
  if (of.flags !== undefined) pen.fixed32(8, of.flags);
  if (of.traceId !== undefined) pen.hex(9, of.traceId);
  if (of.spanId !== undefined) pen.hex(10, of.spanId);
  pen.fixed64(11, BigInt(of.observedTimeUnixNano));
  pen.text(12, of.eventName);
}

export function putSpan(pen: Pen, of: Span): void {
  pen.hex(1, of.traceId);
  pen.hex(2, of.spanId);
  if (of.parentSpanId !== undefined) pen.hex(4, of.parentSpanId);
  pen.text(5, of.name);
  pen.int(6, of.kind);
  pen.fixed64(7, BigInt(of.startTimeUnixNano));
  pen.fixed64(8, BigInt(of.endTimeUnixNano));
  putAttributes(pen, 9, of.attributes);
  pen.message(15, () => {
    if (of.status.message !== undefined) pen.text(2, of.status.message);
    if (of.status.code !== undefined) pen.int(3, of.status.code);
  });
  pen.fixed32(16, of.flags);
}

export function putMetric(pen: Pen, { name, description, unit, gauge, sum, histogram }: Metric) {
  pen.text(1, name);
  pen.text(2, description);
  pen.text(3, unit);
  if (gauge) pen.message(5, () => putPoints(pen, gauge.dataPoints, putPoint));
  if (sum)
    pen.message(7, () => {
      putPoints(pen, sum.dataPoints, putPoint);
      pen.int(2, sum.aggregationTemporality);
      pen.int(3, Number(sum.isMonotonic));
    });
  if (histogram)
    pen.message(9, () => {
      putPoints(pen, histogram.dataPoints, putSpread);
      pen.int(2, histogram.aggregationTemporality);
    });
}

function putPoints<T>(pen: Pen, points: readonly T[], put: Put<T>): void {
  for (const point of points) pen.message(1, () => put(pen, point));
}

function putPoint(pen: Pen, of: Point): void {
  putWindow(pen, of);
  pen.double(4, of.asDouble);
  putAttributes(pen, 7, of.attributes);
}

function putSpread(pen: Pen, of: Spread): void {
  putWindow(pen, of);
  pen.fixed64(4, BigInt(of.count));
  pen.double(5, of.sum);
  pen.packedIntegers(6, of.bucketCounts);
  pen.packedDoubles(7, of.explicitBounds);
  putAttributes(pen, 9, of.attributes);
}

function putWindow(pen: Pen, of: Pick<Point, "startTimeUnixNano" | "timeUnixNano">): void {
  pen.fixed64(2, BigInt(of.startTimeUnixNano));
  pen.fixed64(3, BigInt(of.timeUnixNano));
}

function putAttributes(pen: Pen, field: number, attributes: readonly KeyValue[]): void {
  for (const { key, value } of attributes)
    pen.message(field, () => {
      pen.text(1, key);
      pen.message(2, () => putValue(pen, value));
    });
}

function putValue(pen: Pen, value: AnyValue): void {
  if ("stringValue" in value) pen.text(1, value.stringValue);
  else if ("boolValue" in value) pen.int(2, Number(value.boolValue));
  else if ("intValue" in value) pen.int(3, value.intValue);
  else if ("doubleValue" in value) pen.double(4, value.doubleValue);
  else
    pen.message(5, () => {
      for (const one of value.arrayValue.values) pen.message(1, () => putValue(pen, one));
    });
}
