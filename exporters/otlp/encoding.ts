/** One signal's requests as bytes, and what the peer's answers to them say. */
import { partialSuccessIn } from "./fields.ts";
import { putLogRecord, putMetric, putSpan, requestOf, type Put } from "./protobuf.ts";
import { schemaUrl, type LogRecord, type Metric, type Source, type Span } from "./shapes.ts";

export interface Answered {
  /** Of what was sent, by the peer's count. */
  readonly rejected: number;
  readonly says: string;
}

interface Coding<T> {
  /** A request that tells nothing. */
  readonly empty: Uint8Array;
  /** In protobuf one record after the other is told: all at once take ten times their text. */
  write<R>(source: Source, records: readonly R[], messageOf: (record: R) => T): Uint8Array;
  read(answer: Uint8Array): Answered;
}

export interface Encoding {
  readonly logs: Coding<LogRecord>;
  readonly traces: Coding<Span>;
  readonly metrics: Coding<Metric>;
}

export const protobuf: Encoding = {
  logs: protobufOf(putLogRecord),
  traces: protobufOf(putSpan),
  metrics: protobufOf(putMetric),
};

export const json: Encoding = {
  logs: jsonOf("resourceLogs", "scopeLogs", "logRecords", "rejectedLogRecords"),
  traces: jsonOf("resourceSpans", "scopeSpans", "spans", "rejectedSpans"),
  metrics: jsonOf("resourceMetrics", "scopeMetrics", "metrics", "rejectedDataPoints"),
};

function protobufOf<T>(put: Put<T>): Coding<T> {
  return {
    empty: new Uint8Array(),
    write: (source, records, messageOf) =>
      requestOf(source, records, (pen, record) => put(pen, messageOf(record))),
    read: partialSuccessIn,
  };
}

function jsonOf<T>(
  ofResource: string,
  ofScope: string,
  records: string,
  rejected: string,
): Coding<T> {
  return {
    empty: Buffer.from("{}"),
    write({ attributes, scope }, all, messageOf) {
      const ofOurs = { scope, [records]: all.map(messageOf), schemaUrl };
      const whole = { resource: { attributes }, [ofScope]: [ofOurs], schemaUrl };
      return Buffer.from(JSON.stringify({ [ofResource]: [whole] }));
    },
    read: (answer) => saidIn(answer, rejected),
  };
}

/** A peer that took a request has taken it, whatever else it says that nobody can read. */
function saidIn(answer: Uint8Array, rejected: string): Answered {
  try {
    const said: unknown = JSON.parse(Buffer.from(answer).toString());
    const partial = fieldOf(said, "partialSuccess");
    const [count, says] = [fieldOf(partial, rejected), fieldOf(partial, "errorMessage")];
    return {
      // Protobuf's JSON writes 64 bits as text.
      rejected: typeof count === "string" || typeof count === "number" ? Number(count) || 0 : 0,
      says: typeof says === "string" ? says : "",
    };
  } catch {
    return { rejected: 0, says: "" };
  }
}

function fieldOf(of: unknown, name: string): unknown {
  if (typeof of !== "object" || of === null) return undefined;
  return Object.entries(of).find(([key]) => key === name)?.[1];
}
