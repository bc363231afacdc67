/** A record as an item of Datadog's logs, version 2 of the intake. */
import { unixMs, type Line } from "../record.ts";
import { sentenceOf } from "../sentence.ts";
import { severityOf, type Severity } from "../severity.ts";
import type { Sender } from "./sender.ts";
import { eachOnce, tagsOfRecord } from "./tags.ts";
import { cutTo } from "./words.ts";

/** A larger one would be cut by Datadog, in the middle of its JSON. */
const mostItemBytes = 1_000_000;

const statuses: Readonly<Record<Severity, string>> = {
  debug: "debug",
  info: "info",
  warning: "warn",
  error: "error",
  critical: "critical",
};

/** The item's JSON. */
export function logItem(line: Line, sender: Sender): string {
  const { id, trace, ...facts } = line;
  const { event: name, ...rest } = facts;
  const item = {
    ddsource: "pahlevan",
    service: sender.service,
    hostname: sender.host,
    ddtags: eachOnce(sender.tags, tagsOfRecord(line)).join(","),
    status: statuses[severityOf(line)],
    message: sentenceOf(line),
    // Datadog takes it for the time; `time` has the nanoseconds.
    timestamp: unixMs(line.time),
    evt: { name, id },
    ...(trace && { dd: { trace_id: trace.traceId, span_id: trace.spanId } }),
  };
  const whole = JSON.stringify({ ...item, pahlevan: rest });
  if (Buffer.byteLength(whole) <= mostItemBytes) return whole;
  const message = cutTo(item.message, 1_000);
  return JSON.stringify({ ...item, message, pahlevan: { cut: true, time: line.time } });
}
