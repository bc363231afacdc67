/** A record as a log record: an event with its name, when it happened, and how grave it is. */
import { unixNs } from "../record.ts";
import { sentenceOf } from "../sentence.ts";
import { severityOf, type Severity } from "../severity.ts";
import { short } from "./bounded.ts";
import { attributesOf, type LogLine } from "./attributes.ts";
import {
  instantOf,
  instantOfMs,
  sampled,
  type LogRecord,
  type Resource,
  type Scope,
} from "./shapes.ts";

const severityNumber = { debug: 5, info: 9, warning: 13, error: 17, critical: 21 } as const;

export interface Source {
  readonly resource: Resource;
  readonly scope: Scope;
}

export function logRecord(line: LogLine, { resource, scope }: Source, nowMs: number): LogRecord {
  const severity: Severity = severityOf(line);
  return {
    eventName: line.event,
    hrTime: instantOf(unixNs(line.time)),
    hrTimeObserved: instantOfMs(nowMs),
    severityNumber: severityNumber[severity],
    severityText: severity,
    body: short(sentenceOf(line)),
    attributes: attributesOf(line),
    droppedAttributesCount: 0,
    ...(line.trace && { spanContext: { ...line.trace, traceFlags: sampled } }),
    resource,
    instrumentationScope: scope,
  };
}
