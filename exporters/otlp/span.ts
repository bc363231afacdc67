/** What took time, as OpenTelemetry's span. */
import { unixNs, type Line, type SpanLine } from "../record.ts";
import { spanAttributes } from "./attributes.ts";
import { short } from "./bounded.ts";
import type { Source } from "./log-record.ts";
import { failed, instantOf, internal, sampled, unset, type Span } from "./shapes.ts";

export function spanOf(line: Line & SpanLine, { resource, scope }: Source): Span {
  const { traceId, spanId, parentSpanId } = line.span;
  const [startNs, endNs] = [unixNs(line.startTime), unixNs(line.time)];
  const why = line.failed;
  return {
    name: line.name,
    kind: internal,
    spanContext: () => ({ traceId, spanId, traceFlags: sampled }),
    ...(parentSpanId !== undefined && {
      parentSpanContext: { traceId, spanId: parentSpanId, traceFlags: sampled },
    }),
    startTime: instantOf(startNs),
    endTime: instantOf(endNs),
    duration: instantOf(endNs - startNs),
    ended: true,
    status: why === undefined ? { code: unset } : { code: failed, message: short(why) },
    attributes: spanAttributes(line),
    links: [],
    events: [],
    resource,
    instrumentationScope: scope,
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}
