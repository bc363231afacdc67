/**
 * An incident as an event of PagerDuty's Events API v2, within its limits:
 * https://developer.pagerduty.com/docs/events-api-v2-overview
 */
import type { Severity } from "../../severity.ts";
import type { Incident } from "../incident.ts";
import { clip, plain, webLink } from "../plain.ts";
import { totalOf } from "../tally.ts";
import { actsOf, headlineOf, nameOf, timeOf } from "../words.ts";

export const limits = { summary: 1_024, dedupKey: 255, source: 255, event: 512 * 1_024 } as const;

const severityWords = {
  debug: "info",
  info: "info",
  warning: "warning",
  error: "error",
  critical: "critical",
} as const satisfies Record<Severity, string>;

const client = { client: "Pahlevan" } as const;

export function triggerEvent(incident: Incident, routingKey: string) {
  const { key, severity, phase, calls, policy, host, cluster, namespace, tally } = incident;
  const link = webLink(incident.url, 1_000);
  return {
    routing_key: routingKey,
    event_action: "trigger",
    dedup_key: key,
    payload: {
      summary: clip(headlineOf({ ...incident, over: undefined }), limits.summary),
      source: plain(host || "pahlevan", limits.source),
      severity: severityWords[severity],
      timestamp: new Date(incident.lastMs).toISOString(),
      component: plain(nameOf(incident), 255),
      group: plain(namespace || cluster || "host", 255),
      class: phase === "" ? (calls > 0 ? "call" : "denials") : phase,
      custom_details: {
        policy: plain(policy),
        cluster: plain(cluster),
        since: timeOf(incident.openedMs),
        acts: totalOf(tally),
        "most of them": actsOf(incident),
        "what happened": incident.says,
      },
    },
    ...(link !== undefined && { links: [{ href: link, text: "What the alert shows" }] }),
    ...client,
  };
}

export function resolveEvent({ key }: Pick<Incident, "key">, routingKey: string) {
  return { routing_key: routingKey, event_action: "resolve", dedup_key: key };
}
