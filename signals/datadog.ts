/**
 * Datadog's webhook, in the template that we ship: it has no format of its own, but variables that
 * it fills in.
 */
import * as z from "zod";
import { isForAll, kindLabel, readKind, scopeLabel } from "./alert.ts";
import { line, webAddress } from "./bounded.ts";
import { firstProblem } from "./envelope.ts";
import { fingerprintOf } from "./fingerprint.ts";
import { collect, type Outcome, type Reading, type Unreadable } from "./reading.ts";
import { labelOf, targetOf, type Labels } from "./target.ts";

/** What goes into the field "Payload" of the webhook (docs/signals.md shows it). */
export const datadogTemplate = `{
  "source": "datadog",
  "v": 1,
  "org_id": "$ORG_ID",
  "alert_id": "$ALERT_ID",
  "cycle": "$ALERT_CYCLE_KEY",
  "transition": "$ALERT_TRANSITION",
  "scope": "$ALERT_SCOPE",
  "tags": "$TAGS",
  "title": "$ALERT_TITLE",
  "date": "$DATE",
  "link": "$LINK"
}`;

/** Datadog fills in strings; people who edit the template write numbers too. */
const filled = z.union([z.string(), z.number().transform(String)]);
export const templateShape = z.object({
  source: z.literal("datadog"),
  v: z.union([z.literal(1), z.literal("1")]),
  org_id: filled.default(""),
  alert_id: filled,
  cycle: filled,
  transition: filled,
  scope: filled.default(""),
  tags: filled.default(""),
  title: filled.default(""),
  link: filled.default(""),
});
type Filled = z.infer<typeof templateShape>;

/** A monitor has more states than an alert: what is neither alert nor recovery moves nothing. */
const transitions = new Map<string, "firing" | "resolved" | "neither">([
  ["triggered", "firing"],
  ["re-triggered", "firing"],
  ["renotify", "firing"],
  ["recovered", "resolved"],
  ["warn", "neither"],
  ["re-warn", "neither"],
  ["no data", "neither"],
  ["re-no data", "neither"],
  ["null", "neither"],
]);

export function readDatadog(body: unknown): Reading | Unreadable {
  const read = templateShape.safeParse(body);
  if (!read.success) return { unreadable: `${firstProblem(read.error)} (is it our template?)` };
  return collect([{ alert: nameOf(read.data), outcome: readMonitor(read.data) }]);
}

function readMonitor(monitor: Filled): Outcome {
  const tags = tagsOf(monitor);
  if ("refused" in tags) return tags;
  const { labels } = tags;
  const text = labelOf(labels, kindLabel);
  if (text === undefined) return { ignored: `no tag ${kindLabel}` };
  const kind = readKind(text);
  if (typeof kind === "object") return kind;
  const status = transitions.get(monitor.transition.toLowerCase());
  if (status === undefined) return { refused: "transition: Datadog has no such one" };
  if (status === "neither") return { ignored: "neither triggered nor recovered" };
  if (kind === "heartbeat")
    return { heartbeat: { kind, source: "datadog", status, startsAtMs: 0 } };
  if (!isFilled(monitor.alert_id)) return { refused: "alert_id: Datadog has not filled it in" };
  if (!isFilled(monitor.cycle)) return { refused: "cycle: Datadog has not filled it in" };
  const target = targetOf(labels);
  if ("refused" in target) return target;
  const { cluster = "", namespace = "", policy = "", workload = "" } = target;
  const all = isForAll(labels);
  if (typeof all === "object") return all;
  const url = webAddress(monitor.link);
  const cycle = [monitor.org_id, monitor.alert_id, monitor.cycle];
  return {
    signal: {
      kind,
      source: "datadog",
      fingerprint: fingerprintOf([...cycle, kind, cluster, namespace, policy, workload]),
      // It does not say since when. Its cycle, from trigger to recovery, is the occurrence.
      startsAtMs: 0,
      status,
      target,
      by: nameOf(monitor),
      says: line(monitor.title, 1_000),
      ...(url !== undefined && { url }),
      ...(all && { all }),
    },
  };
}

const nameOf = ({ alert_id }: Filled) => `monitor ${line(alert_id, 40)}`;

/** Datadog leaves a variable that it does not know as it is, and writes "null" for some. */
function isFilled(text: string): boolean {
  return text !== "" && text !== "null" && !text.startsWith("$") && text.length <= 128;
}

/** "team:shop, namespace:shop": of the monitor, and of the group that it fired for. */
function tagsOf({ tags, scope }: Filled): { labels: Labels } | { readonly refused: string } {
  const labels: Record<string, string> = {};
  for (const tag of `${tags},${scope}`.split(",")) {
    const [name = "", ...value] = tag.trim().split(":");
    if (!ours.has(name)) continue;
    const text = value.join(":");
    if (Object.hasOwn(labels, name) && labels[name] !== text) {
      return { refused: `tag ${name}: two values, '${line(text, 40)}' is one` };
    }
    labels[name] = text;
  }
  return { labels };
}

const ours = new Set([kindLabel, scopeLabel, "cluster", "namespace", "policy", "workload"]);
