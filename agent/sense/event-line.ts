/** An event in its public form. */
import {
  kinds,
  type Action,
  type BehaviourEvent,
  type Decision,
  type Kind,
  type Text,
} from "@pahlevan/core/behaviour/event.ts";
import type { EventLine, EventName } from "@pahlevan/core/behaviour/event-line.ts";
import { objectOf } from "@pahlevan/core/behaviour/object.ts";
import { rfc3339 } from "./boot-clock.ts";

export function eventLine(event: BehaviourEvent, tierOf: (kind: Kind) => string): EventLine {
  const { detail, workload, flags, decision } = event;
  const escaped: string[] = [];
  const text = (field: string, { value, escaped: yes }: Text): string => {
    if (yes) escaped.push(field);
    return value;
  };
  const { container, pod } = workload;
  const object = text("object", objectOf(detail));
  const process = processLine(event, text);
  const extra = detailLine(event, text);
  return {
    time: rfc3339(event.wallNs),
    event: eventName(event),
    namespace: workload.namespace,
    workload: workload.workload,
    ...(container && {
      container: { id: container.id, name: container.name, image: container.image },
    }),
    ...(pod && { pod: pod.name }),
    facet: decision?.facet ?? kinds[detail.kind],
    kind: detail.kind,
    object,
    ...outcomeOf(decision?.action),
    tier: tierOf(detail.kind),
    policy: event.judged?.policy ?? "",
    ...(decision && { generation: decision.policy }),
    reason: reasonOf(event),
    ...(process && { process }),
    detail: extra,
    flags,
    ...(escaped.length > 0 && { escaped }),
  };
}

/** Forks and exits are told one by one or not at all; they have no first sight. */
const occurrences = new Set<Kind>(["fork", "exit"]);

export function eventName({ detail: { kind }, flags, decision }: BehaviourEvent): EventName {
  if (decision !== undefined) return "pahlevan.decision";
  if (kind === "instance_start") return "pahlevan.instance.started";
  if (kind === "instance_end") return "pahlevan.instance.ended";
  return flags.includes("every") || occurrences.has(kind)
    ? "pahlevan.behaviour.seen"
    : "pahlevan.behaviour.first_seen";
}

function reasonOf({ detail: { kind }, flags, decision, judged }: BehaviourEvent): string {
  if (decision !== undefined) {
    const why = judged === undefined ? "" : `: ${judged.reason}`;
    return `${decisionReason(decision)}${why}`;
  }
  if (kind === "instance_start" || kind === "instance_end") return "lifecycle";
  if (flags.includes("adopted")) return "adopted";
  if (flags.includes("setup")) return "setup";
  if (flags.includes("every") || occurrences.has(kind)) return "every";
  return flags.includes("set_full") ? "set_full" : "first_seen";
}

/** What is only watched was allowed; the reason says what it would have been. */
function outcomeOf(action: Action | undefined): Pick<EventLine, "action" | "mode"> {
  switch (action) {
    case undefined:
    case "tell":
    case "would":
      return { action: "allow", mode: "monitor" };
    case "alert":
      return { action, mode: action };
    default:
      return { action, mode: "enforce" };
  }
}

/** Whether an entry denies it or none allows it, the kernel does not tell: its uses it does. */
function decisionReason({ action, uses }: Decision): string {
  const what = uses.length === 0 ? "" : `${uses.join(", ")} `;
  if (action === "would") return `${what}would be denied`;
  return action === "tell" ? `${what}not listed` : `${what}not allowed`;
}

type Named = (field: string, text: Text) => string;

function processLine({ process }: BehaviourEvent, text: Named): EventLine["process"] | undefined {
  if (process === undefined) return undefined;
  const { pid, startNs, exe, args, cwd, uid, parent } = process;
  return {
    pid,
    start: startNs.toString(),
    exe: exe === undefined ? "" : text("process.exe", exe),
    ...(args && { args: args.map((arg, index) => text(`process.args.${index}`, arg)) }),
    ...(cwd && { cwd: text("process.cwd", cwd) }),
    uid,
    ...(parent && {
      parent: {
        pid: parent.pid,
        start: parent.startNs.toString(),
        ...(parent.exe && { exe: text("process.parent.exe", parent.exe) }),
      },
    }),
  };
}

/** The fields that `object` does not already say. */
function detailLine({ detail }: BehaviourEvent, text: Named): Record<string, unknown> {
  const line: Record<string, unknown> = {};
  const said = objectOf(detail).value;
  for (const [name, value] of Object.entries(detail)) {
    if (name === "kind" || value === undefined) continue;
    const shown = plain(`detail.${name}`, value, text);
    if (shown !== said) line[name] = shown;
  }
  return line;
}

function plain(field: string, value: unknown, text: Named): unknown {
  if (typeof value === "bigint") return value.toString();
  if (Array.isArray(value)) return value.map((one, index) => plain(`${field}.${index}`, one, text));
  if (typeof value !== "object" || value === null) return value;
  if (isText(value)) return text(field, value);
  const entries = Object.entries(value);
  return Object.fromEntries(
    entries.map(([name, inner]) => [name, plain(`${field}.${name}`, inner, text)]),
  );
}

function isText(value: object): value is Text {
  return "value" in value && typeof value.value === "string";
}
