/** OTLP's bytes, by OpenTelemetry's own serializers: loaded when the first are needed. */
import type { LogRecord, ResourceMetrics, Span } from "./shapes.ts";

export interface Answered {
  /** Of what was sent, by the peer's count. */
  readonly rejected: number;
  readonly says: string;
}

/** How one signal is written, and what the peer's answer to it says. */
interface Coding<T> {
  write(what: T): Uint8Array;
  read(answer: Uint8Array): Answered;
}

export interface Encoding {
  readonly logs: Coding<LogRecord[]>;
  readonly traces: Coding<Span[]>;
  readonly metrics: Coding<ResourceMetrics>;
}

/** 25 MB of memory and 70 ms (decision 4): who has no such sink does not pay for them. */
export async function loadEncoding(isJson: boolean): Promise<Encoding> {
  const from = await import("@opentelemetry/otlp-transformer");
  const logs = isJson ? from.JsonLogsSerializer : from.ProtobufLogsSerializer;
  const traces = isJson ? from.JsonTraceSerializer : from.ProtobufTraceSerializer;
  const metrics = isJson ? from.JsonMetricsSerializer : from.ProtobufMetricsSerializer;
  return {
    logs: coding(logs, ({ partialSuccess: p }) => answered(p?.rejectedLogRecords, p)),
    traces: coding(traces, ({ partialSuccess: p }) => answered(p?.rejectedSpans, p)),
    metrics: coding(metrics, ({ partialSuccess: p }) => answered(p?.rejectedDataPoints, p)),
  };
}

interface Serializer<T, R> {
  serializeRequest(what: T): Uint8Array | undefined;
  deserializeResponse(answer: Uint8Array): R;
}

function coding<T, R>(by: Serializer<T, R>, told: (response: R) => Answered): Coding<T> {
  return {
    write: (what) => by.serializeRequest(what) ?? new Uint8Array(),
    read(answer) {
      try {
        return told(by.deserializeResponse(answer));
      } catch {
        // It has answered that it took them; what else it says nobody can read.
        return answered(0, undefined);
      }
    },
  };
}

/** In JSON a count is a text (protobuf's JSON writes an int64 so). */
function answered(
  rejected: number | string | undefined,
  more: { readonly errorMessage?: string } | undefined,
): Answered {
  const count = Number(rejected ?? 0);
  return { rejected: Number.isFinite(count) ? count : 0, says: more?.errorMessage ?? "" };
}
