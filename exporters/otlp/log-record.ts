/** A record as a log record: an event with its name, when it happened, and how grave it is. */
import { unixNs } from "../record.ts";
import { sentenceOf } from "../sentence.ts";
import { severityOf } from "../severity.ts";
import { attributesOf, type LogLine } from "./attributes.ts";
import { short } from "./bounded.ts";
import { keyValues } from "./key-values.ts";
import { sampled, type LogRecord } from "./shapes.ts";

const severityNumber = { debug: 5, info: 9, warning: 13, error: 17, critical: 21 } as const;

export function logRecord(line: LogLine, nowMs: number): LogRecord {
  const severity = severityOf(line);
  return {
    timeUnixNano: String(unixNs(line.time)),
    observedTimeUnixNano: nanoseconds(nowMs),
    severityNumber: severityNumber[severity],
    severityText: severity,
    body: { stringValue: short(sentenceOf(line)) },
    attributes: keyValues(attributesOf(line)),
    ...(line.trace && { ...line.trace, flags: sampled }),
    eventName: line.event,
  };
}

/** As text: no number holds them. */
export function nanoseconds(ms: number): string {
  return String(BigInt(Math.trunc(ms)) * 1_000_000n);
}
