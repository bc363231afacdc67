/**
 * ArcSight's Common Event Format, version 0, as its "Implementation Standard" (revision 25) has it:
 * a header of eight parts between pipes, then key=value pairs between spaces.
 */
import { sortOf, unixMs, type Line } from "../record.ts";
import { severityOf } from "../severity.ts";
import type { Origin } from "./formats.ts";
import { connectionOf, fileOf, nameIn, questionOf } from "./act.ts";
import { done } from "./done.ts";
import { sentenceOf } from "../sentence.ts";

/** Of its scale: 0 to 3 is low, 4 to 6 medium, 7 and 8 high, 9 and 10 very high. */
const severities = { debug: 1, info: 3, warning: 6, error: 8, critical: 10 } as const;

/** The longest values of the standard's dictionary. Part of an `externalId` would name nobody. */
const longest: Readonly<Record<string, number>> = {
  act: 63,
  ...{ cs1: 4_000, cs2: 4_000, cs3: 4_000, cs4: 4_000, cs5: 4_000, cs6: 4_000 },
};
const longestElse = 1_023;

export function cef(line: Line, origin: Origin): string {
  const header = [
    "CEF:0",
    "Pahlevan",
    "Pahlevan",
    origin.version,
    signatureOf(line),
    nameOf(line),
    String(severities[severityOf(line)]),
  ];
  const extension = Object.entries(extensionOf(line, origin))
    .filter((pair): pair is [string, string | number] => pair[1] !== undefined && pair[1] !== "")
    .map(([key, value]) => `${key}=${extensionValue(cut(String(value), longest[key]))}`);
  return `${header.map(headerValue).join("|")}|${extension.join(" ")}`;
}

/** What happened, by a word that does not change: rules of a SIEM go by it. */
function signatureOf(line: Line): string {
  if ("kind" in line) return `${line.event}.${line.kind}`;
  return line.event === "span" ? "pahlevan.span" : line.event;
}

function nameOf(line: Line): string {
  switch (line.event) {
    case "pahlevan.decision":
      return `${line.kind} ${done[line.action]}`;
    case "pahlevan.loop.transition":
      return `policy went to ${line.to}`;
    case "pahlevan.loop.notice":
      return `policy notice: ${line.notice}`;
    case "span":
      return line.name;
    case "pahlevan.profile.converged":
      return "profile converged";
    case "pahlevan.behaviour.first_seen":
    case "pahlevan.behaviour.seen":
      return `${line.kind} ${line.event.endsWith("first_seen") ? "seen first" : "seen"}`;
    case "pahlevan.instance.started":
    case "pahlevan.instance.ended":
      return `instance ${line.event.endsWith("started") ? "started" : "ended"}`;
  }
}

function extensionOf(line: Line, origin: Origin) {
  return {
    rt: unixMs(line.time),
    externalId: line.id,
    cat: sortOf(line),
    dvchost: origin.host,
    ...("kind" in line ? ofEvent(line) : ofLoop(line)),
    ...labelled({
      1: ["namespace", line.namespace],
      2: ["workload", line.workload],
      3: ["policy", line.policy],
      4: ["image", "container" in line ? line.container?.image : undefined],
      5: ["container", "container" in line ? line.container?.id : undefined],
      6: ["cluster", origin.cluster],
    }),
    msg: sentenceOf(line),
  };
}

type EventOf<L> = L extends { readonly kind: string } ? L : never;

function ofEvent(line: EventOf<Line>) {
  const { process } = line;
  const file = fileOf(line);
  const question = questionOf(line);
  const { source, destination = question?.server } = connectionOf(line) ?? {};
  return {
    act: line.action,
    reason: line.reason,
    shost: line.pod,
    sproc: process?.exe,
    spid: process?.pid,
    suid: process?.uid,
    src: ipv4(source?.address),
    spt: source?.port,
    dst: ipv4(destination?.address),
    dpt: destination?.port,
    ...ipv6({ 2: ["source", source?.address], 3: ["destination", destination?.address] }),
    dhost: question?.name,
    fname: file === undefined ? undefined : nameIn(file),
    filePath: file,
  };
}

function ofLoop(line: Exclude<Line, EventOf<Line>>) {
  if (line.event === "pahlevan.loop.transition")
    return { act: line.to, reason: line.why, sourceServiceName: line.cause.source };
  return { act: line.event === "pahlevan.loop.notice" ? line.notice : undefined };
}

type Labelled = Readonly<Record<number, readonly [label: string, value: string | undefined]>>;

/** A custom field goes with its label, and where there is no value there is no label. */
function labelled(fields: Labelled, prefix = "cs"): Record<string, string> {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([number, [label, value = ""]]) =>
      value === ""
        ? []
        : [
            [`${prefix}${number}`, value],
            [`${prefix}${number}Label`, label],
          ],
    ),
  );
}

/** `src` and `dst` hold IPv4 alone; the standard has c6a2 and c6a3 for the others. */
function ipv4(address: string | undefined): string | undefined {
  return address?.includes(":") === true ? undefined : address;
}

function ipv6(fields: Readonly<Record<number, readonly [string, string | undefined]>>) {
  const long = Object.entries(fields).filter(([, [, address]]) => address?.includes(":") === true);
  return labelled(Object.fromEntries(long), "c6a");
}

/** One line: a header has no way to write a line's end. */
function headerValue(text: string): string {
  return text.replaceAll(/[\r\n]+/g, " ").replaceAll(/[\\|]/g, (sign) => `\\${sign}`);
}

function extensionValue(text: string): string {
  return text
    .replaceAll(/[\\=]/g, (sign) => `\\${sign}`)
    .replaceAll("\r", "\\r")
    .replaceAll("\n", "\\n");
}

/** Never through the middle of a character. */
function cut(text: string, most = longestElse): string {
  if (text.length <= most) return text;
  return `${text.slice(0, most - 1).replace(/[\uD800-\uDBFF]$/, "")}…`;
}
