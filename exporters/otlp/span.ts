/** What took time, as OpenTelemetry's span. */
import { unixNs, type Line, type SpanLine } from "../record.ts";
import { spanAttributes } from "./attributes.ts";
import { short } from "./bounded.ts";
import { keyValues } from "./key-values.ts";
import { failed, internal, sampledHere, type Span } from "./shapes.ts";

export function spanOf(line: Line & SpanLine): Span {
  return {
    ...line.span,
    flags: sampledHere,
    name: line.name,
    kind: internal,
    startTimeUnixNano: String(unixNs(line.startTime)),
    endTimeUnixNano: String(unixNs(line.time)),
    attributes: keyValues(spanAttributes(line)),
    status: line.failed === undefined ? {} : { code: failed, message: short(line.failed) },
  };
}
