/**
 * A record as OCSF has it: a Detection Finding (class 2004), with the profiles container, host and
 * security_control. What OCSF has no attribute for is in `unmapped`.
 */
import type { EventLine } from "@pahlevan/core/behaviour/event-line.ts";
import { sortOf, unixMs, type Line } from "../record.ts";
import { severityOf } from "../severity.ts";
import type { Format, Origin } from "./formats.ts";
import { evidencesOf, processOf } from "./ocsf-evidence.ts";
import { sentenceOf } from "../sentence.ts";

/** A released one: receivers refuse what is in the making. */
export const ocsfVersion = "1.6.0";

const severityIds = { debug: 1, info: 1, warning: 3, error: 4, critical: 5 } as const;
const severityWords = { 1: "Informational", 3: "Medium", 4: "High", 5: "Critical" } as const;

const [create, findings, detectionFinding] = [1, 2, 2004] as const;

export const ocsf: Format = (line, origin) => {
  const severity = severityIds[severityOf(line)];
  return {
    activity_id: create,
    activity_name: "Create",
    category_uid: findings,
    category_name: "Findings",
    class_uid: detectionFinding,
    class_name: "Detection Finding",
    type_uid: detectionFinding * 100 + create,
    type_name: "Detection Finding: Create",
    time: unixMs(line.time),
    severity_id: severity,
    severity: severityWords[severity],
    status_id: 1,
    status: "New",
    message: sentenceOf(line),
    is_alert: severity >= severityIds.warning,
    metadata: metadataOf(line, origin),
    finding_info: findingOf(line),
    device: { hostname: origin.host, name: origin.host, type_id: 0 },
    ...("facet" in line && actorOf(line, origin)),
    ...verdictOf(line),
    ...(line.policy !== "" && { policy: policyOf(line) }),
    ...("facet" in line && evidencesOf(line, origin)),
    resources: resourcesOf(line, origin),
    ...(line.event === "span" && {
      start_time: unixMs(line.startTime),
      end_time: unixMs(line.time),
      duration: unixMs(line.time) - unixMs(line.startTime),
    }),
    unmapped: restOf(line),
  };
};

function metadataOf(line: Line, { version }: Origin) {
  const traceId = line.event === "span" ? line.span.traceId : line.trace?.traceId;
  return {
    version: ocsfVersion,
    profiles: ["container", "host", "security_control"],
    product: { name: "Pahlevan", vendor_name: "Pahlevan", version },
    uid: line.id,
    event_code: line.event,
    log_name: "pahlevan.events",
    original_time: line.time,
    ...(traceId !== undefined && { correlation_uid: traceId }),
  };
}

function findingOf(line: Line) {
  const ms = unixMs(line.time);
  return {
    uid: line.id,
    title: sentenceOf(line),
    types: [sortOf(line)],
    created_time: ms,
    first_seen_time: ms,
    analytic: analyticOf(line),
    ...("facet" in line && { data_sources: [line.tier] }),
    ...(line.event === "pahlevan.loop.transition" &&
      line.cause.url !== undefined && { src_url: line.cause.url }),
  };
}

/** By whose judgement it is one: an entry of a policy, or what was learned. */
function analyticOf({ policy, event }: Line) {
  return policy === ""
    ? { name: event, type: "Behavioral", type_id: 2 }
    : { name: policy, uid: policy, type: "Rule", type_id: 1 };
}

/** What was done about it. */
function verdictOf(line: Line) {
  if (line.event === "pahlevan.loop.transition" && line.to === "Quarantine")
    return { action_id: 99, action: "Quarantine", disposition_id: 4, disposition: "Isolated" };
  if (!("facet" in line)) return {};
  switch (line.action) {
    case "deny":
    case "kill":
      return { action_id: 2, action: "Denied", disposition_id: 2, disposition: "Blocked" };
    case "alert":
      return { action_id: 3, action: "Observed", disposition_id: 19, disposition: "Alert" };
    case "allow":
      return { action_id: 1, action: "Allowed", disposition_id: 17, disposition: "Logged" };
  }
}

function actorOf(line: EventLine, origin: Origin) {
  return line.process && { actor: { process: processOf(line.process, line, origin) } };
}

function policyOf(line: Line) {
  return {
    name: line.policy,
    ...("generation" in line && { version: String(line.generation) }),
    ...("mode" in line && { is_applied: line.mode === "enforce" }),
  };
}

function resourcesOf(line: Line, { cluster }: Origin) {
  const { namespace, workload } = line;
  return [
    { type: "Workload", name: workload, uid: [cluster, namespace, workload].join("/"), namespace },
    ...("pod" in line ? [{ type: "Pod", name: line.pod, namespace }] : []),
    ...(cluster === "" ? [] : [{ type: "Cluster", name: cluster }]),
  ];
}

/** Everything else, under the names that the record itself uses. */
function restOf(line: Line): Readonly<Record<string, unknown>> {
  const said = new Set(["id", "time", "event", "container", "pod", "process", "policy"]);
  return Object.fromEntries(Object.entries(line).filter(([name]) => !said.has(name)));
}
