/** What moved a loop, and what somebody is to look at, as Datadog's events, version 2. */
import { createHash } from "node:crypto";
import { unixMs, type Line, type NoticeLine, type TransitionLine } from "../record.ts";
import type { Sender } from "./sender.ts";
import { eachOnce, tagsOfRecord } from "./tags.ts";
import { cutTo, wordsFor } from "./words.ts";

const most = { title: 500, message: 4_000, tags: 100, key: 100, host: 255, name: 128, url: 2_048 };

type Told = Line & (TransitionLine | NoticeLine);

export function isEvent(line: Line): line is Told {
  return line.event === "pahlevan.loop.transition" || line.event === "pahlevan.loop.notice";
}

/** The request's JSON: one event. */
export function eventItem(line: Told, sender: Sender): string {
  const { title, text } = wordsFor(line);
  const attributes = {
    title: cutTo(title, most.title),
    message: cutTo(text, most.message),
    tags: eachOnce(tagsOfRecord(line), sender.tags).slice(0, most.tags),
    aggregation_key: aggregationKey(line),
    ...(sender.host !== "" && { host: sender.host.slice(0, most.host) }),
    timestamp: new Date(unixMs(line.time)).toISOString(),
    ...(line.event === "pahlevan.loop.notice" ? alertOf(line) : changeOf(line)),
  };
  return JSON.stringify({ data: { type: "event", attributes } });
}

/** What is told of one policy and one workload belongs together. */
export function aggregationKey({ namespace, workload, policy }: Line): string {
  const whole = `pahlevan:${namespace}/${workload}/${policy}`;
  if (whole.length <= most.key) return whole;
  return `pahlevan:${createHash("sha256").update(whole).digest("hex")}`;
}

function changeOf(line: Extract<Told, TransitionLine>) {
  const { namespace, workload, policy, from, to, step, signal, cause, id } = line;
  return {
    category: "change",
    attributes: {
      changed_resource: { type: "configuration", name: cutTo(`${namespace}/${policy}`, most.name) },
      impacted_resources: [{ type: "service", name: cutTo(workload, most.name) }],
      author: {
        type: cause.source === "operator" ? "user" : "automation",
        name: cutTo(cause.by.trim() || cause.source || "pahlevan", most.name),
      },
      prev_value: { phase: from },
      new_value: { phase: to, step },
      change_metadata: { id, signal, namespace, workload, policy, source: cause.source },
    },
  };
}

const urgency = {
  page: { status: "error", priority: "1" },
  fail: { status: "error", priority: "2" },
  ask: { status: "warn", priority: "3" },
  propose: { status: "ok", priority: "5" },
} as const;

function alertOf(line: Extract<Told, NoticeLine>) {
  const { namespace, workload, policy, notice, id } = line;
  const custom = { id, notice, namespace, workload, policy };
  return { category: "alert", attributes: { ...urgency[notice], custom } };
}
