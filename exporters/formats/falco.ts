/**
 * A record as Falco tells an event (its `json_output`), for whoever takes those: falcosidekick
 * before all. Values are flat and bounded; `k8s.ns.name` and `k8s.pod.name` are always texts, as
 * falcosidekick counts by them without asking what they are.
 */
import { createHash } from "node:crypto";
import type { Line } from "../record.ts";
import { severityOf } from "../severity.ts";
import type { Origin } from "./formats.ts";
import { connectionOf, nameIn, questionOf } from "./act.ts";
import { done } from "./done.ts";
import { sentenceOf } from "../sentence.ts";

const priorities = {
  debug: "Debug",
  info: "Informational",
  warning: "Warning",
  error: "Error",
  critical: "Critical",
} as const;

/** Falco's word for what we call by another. */
const eventTypes: Readonly<Record<string, string>> = { exec: "execve", open: "openat" };

/** falcosidekick itself cuts longer values, at 512, once the whole is longer than 4096. */
const longestValue = 512;

type Fields = Readonly<Record<string, string | number | undefined>>;

export function falco(line: Line, { host, cluster }: Origin): Readonly<Record<string, unknown>> {
  const priority = priorities[severityOf(line)];
  const fields: Fields = {
    "k8s.ns.name": line.namespace,
    "k8s.pod.name": "pod" in line ? line.pod : undefined,
    ...("kind" in line ? ofEvent(line) : ofLoop(line)),
    "pahlevan.id": line.id,
    "pahlevan.event": line.event,
    "pahlevan.workload": line.workload,
    "pahlevan.policy": line.policy,
    "pahlevan.cluster": cluster,
    "pahlevan.trace_id": line.trace?.traceId,
  };
  const clock = line.time.slice(line.time.indexOf("T") + 1).replace("Z", "");
  return {
    uuid: uuidOf(line.id),
    time: line.time,
    rule: ruleOf(line),
    priority,
    // As Falco writes it: falcosidekick's `outputfieldformat` takes it apart again.
    output: `${clock}: ${priority} ${cut(sentenceOf(line), 4 * longestValue)}`,
    output_fields: Object.fromEntries(
      Object.entries(fields)
        .filter(([, value]) => value !== undefined && value !== "")
        .map(([name, value]) => [name, typeof value === "string" ? cut(value) : value]),
    ),
    source: "kind" in line ? "syscall" : "pahlevan",
    tags: tagsOf(line),
    hostname: host,
  };
}

type EventOf<L> = L extends { readonly kind: string } ? L : never;

function ofEvent(line: EventOf<Line>): Fields {
  const { process, container, facet, object } = line;
  const connection = connectionOf(line);
  const { source, destination = questionOf(line)?.server } = connection ?? {};
  const hasName = facet === "file" || facet === "network" || facet === "mount";
  return {
    "evt.type": eventTypes[line.kind] ?? line.kind,
    "proc.name": lastPart(process?.exe),
    "proc.exepath": process?.exe,
    "proc.cmdline": process?.args?.join(" "),
    "proc.cwd": process?.cwd,
    "proc.pid": process?.pid,
    "proc.ppid": process?.parent?.pid,
    "proc.pname": lastPart(process?.parent?.exe),
    "proc.pexepath": process?.parent?.exe,
    "user.uid": process?.uid,
    // Falco's are as short.
    "container.id": container?.id.slice(0, 12) ?? "host",
    "container.name": container?.name,
    "container.image": container?.image,
    "fd.name": hasName ? object : undefined,
    "fd.cip": source?.address,
    "fd.cport": source?.port,
    "fd.sip": destination?.address,
    "fd.sport": destination?.port,
    "fd.l4proto": connection?.protocol,
    "pahlevan.facet": facet,
    "pahlevan.kind": line.kind,
    "pahlevan.object": object,
    "pahlevan.action": line.action,
    "pahlevan.mode": line.mode,
    "pahlevan.tier": line.tier,
    "pahlevan.reason": line.reason,
  };
}

function ofLoop(line: Exclude<Line, EventOf<Line>>): Fields {
  switch (line.event) {
    case "pahlevan.loop.transition":
      return {
        "pahlevan.from": line.from,
        "pahlevan.to": line.to,
        "pahlevan.why": line.why,
        "pahlevan.does": line.does,
        "pahlevan.cause": line.cause.says,
        "pahlevan.cause_source": line.cause.source,
      };
    case "pahlevan.loop.notice":
      return { "pahlevan.notice": line.notice };
    case "pahlevan.profile.converged":
      return { "pahlevan.behaviours": line.behaviours, "pahlevan.instances": line.instances };
    case "span":
      return { "pahlevan.span": line.name, "pahlevan.failed": line.failed };
  }
}

/** Few, and without names of workloads: falcosidekick counts by them. */
function ruleOf(line: Line): string {
  switch (line.event) {
    case "pahlevan.decision":
      return `Pahlevan ${line.kind} ${done[line.action]}`;
    case "pahlevan.behaviour.first_seen":
      return `Pahlevan ${line.kind} seen first`;
    case "pahlevan.behaviour.seen":
      return `Pahlevan ${line.kind} seen`;
    case "pahlevan.instance.started":
      return "Pahlevan instance started";
    case "pahlevan.instance.ended":
      return "Pahlevan instance ended";
    case "pahlevan.loop.transition":
      return `Pahlevan policy went to ${line.to}`;
    case "pahlevan.loop.notice":
      return `Pahlevan notice: ${line.notice}`;
    case "pahlevan.profile.converged":
      return "Pahlevan profile converged";
    case "span":
      return `Pahlevan ${line.name.replace(/^pahlevan\./, "")}`;
  }
}

/** In order: falcosidekick sorts them. */
function tagsOf(line: Line): readonly string[] {
  const own = "kind" in line ? [line.facet, line.action] : ["loop"];
  return [...new Set([...own, "pahlevan"])].sort();
}

/** Of the same record always the same: a UUID of version 8 (RFC 9562), of its id's hash. */
function uuidOf(id: string): string {
  const digits = createHash("sha256").update(id).digest("hex");
  const variant = ((Number.parseInt(digits.slice(16, 17), 16) & 3) | 8).toString(16);
  return [
    digits.slice(0, 8),
    digits.slice(8, 12),
    `8${digits.slice(13, 16)}`,
    `${variant}${digits.slice(17, 20)}`,
    digits.slice(20, 32),
  ].join("-");
}

function lastPart(path: string | undefined): string | undefined {
  return path === undefined ? undefined : nameIn(path);
}

/** Never through the middle of a character. */
function cut(text: string, most = longestValue): string {
  if (text.length <= most) return text;
  return `${text.slice(0, most - 1).replace(/[\uD800-\uDBFF]$/, "")}…`;
}
