/**
 * DogStatsD's lines: metrics, events and service checks, as
 * https://docs.datadoghq.com/extend/dogstatsd/datagram_shell describes them.
 */
import { unixMs, type Line } from "../record.ts";
import { severityOf, type Severity } from "../severity.ts";
import { aggregationKey } from "./event-item.ts";
import type { Bucket, Counter, Gauge } from "./points.ts";
import { checkName } from "./service-check.ts";
import { valuesIn } from "./spread-values.ts";
import { eachOnce, tagsOfRecord } from "./tags.ts";
import { cutTo, wordsFor } from "./words.ts";

const alertTypes: Readonly<Record<Severity, string>> = {
  debug: "info",
  info: "info",
  warning: "warning",
  error: "error",
  critical: "error",
};
/** Of a bucket; of more, each stands for several by its sample rate, so that the count is right. */
const mostValues = 32;

/** Counts by what they grew by. */
export function figureLine(point: Counter | Gauge, value: number, tags: readonly string[]): string {
  const kind = point.type === "count" ? "c" : "g";
  return `${point.metric}:${value}|${kind}${tagsPart(eachOnce(point.tags, tags))}`;
}

/** One line a value: what reads them must not know of several values in a line. */
export function bucketLines(bucket: Bucket, grown: number, tags: readonly string[]): string[] {
  const count = Math.min(grown, mostValues);
  const rate = count === grown ? "" : `|@${count / grown}`;
  const all = tagsPart(eachOnce(bucket.tags, tags));
  return valuesIn(bucket, count).map((value) => `${bucket.metric}:${value}|d${rate}${all}`);
}

/** Its text is cut so that it fits into one packet. */
export function eventLine(line: Line, tags: readonly string[], mostBytes: number): string {
  const { title, text } = wordsFor(line);
  const end = [
    `d:${Math.floor(unixMs(line.time) / 1_000)}`,
    `k:${aggregationKey(line)}`,
    "s:pahlevan",
    `t:${alertTypes[severityOf(line)]}`,
  ].join("|");
  const shortTitle = oneLine(cutTo(title, 200));
  const whole = (body: string, all: readonly string[]) =>
    `_e{${Buffer.byteLength(shortTitle)},${Buffer.byteLength(body)}}:${shortTitle}|${body}|${end}${tagsPart(all)}`;
  let all = eachOnce(tagsOfRecord(line), tags);
  while (all.length > 0 && Buffer.byteLength(whole("…", all)) > mostBytes / 2)
    all = all.slice(0, -1);
  let body = oneLine(text);
  for (let most = body.length; Buffer.byteLength(whole(body, all)) > mostBytes;)
    body = cutTo(body, (most = Math.floor(most * 0.9)));
  return whole(body, all);
}

export function checkLine(atMs: number, tags: readonly string[]): string {
  return `_sc|${checkName}|0|d:${Math.floor(atMs / 1_000)}${tagsPart(tags)}|m:senses, and reports`;
}

/** A line end ends a line of the protocol; its escape is two characters. */
function oneLine(text: string): string {
  return text.replaceAll(/\r?\n/g, "\\n").replaceAll("\r", " ");
}

/** Normalised: no bar, comma, or blank is in them. */
function tagsPart(tags: readonly string[]): string {
  return tags.length === 0 ? "" : `|#${tags.join(",")}`;
}

/** Lines in packets of so many bytes; each line is in one of them, whole. */
export function packetsOf(lines: Iterable<string>, mostBytes: number): string[] {
  const packets: string[] = [];
  let packet: string[] = [];
  let sizeBytes = 0;
  for (const line of lines) {
    const lineBytes = Buffer.byteLength(line) + 1;
    if (packet.length > 0 && sizeBytes + lineBytes > mostBytes) {
      packets.push(packet.join("\n"));
      packet = [];
      sizeBytes = 0;
    }
    packet.push(line);
    sizeBytes += lineBytes;
  }
  if (packet.length > 0) packets.push(packet.join("\n"));
  return packets;
}
