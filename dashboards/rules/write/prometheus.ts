/** The rules as Prometheus loads them, and as its operator does. */
import { span } from "../pace.ts";
import type { Alert, Group } from "../rule.ts";
import { yaml, type Comment } from "./yaml.ts";

/** Where the pages of docs/runbooks are read. */
const runbooks = "https://pahlevan.io/runbooks";

export function rulesFile(groups: readonly Group[]): string {
  return yaml({ groups: groups.map(groupOf) }, comments(groups, []));
}

/** `monitoring.coreos.com/v1`; an operator takes rules by the labels it was told to look for. */
export function prometheusRule(groups: readonly Group[]): string {
  const manifest = {
    apiVersion: "monitoring.coreos.com/v1",
    kind: "PrometheusRule",
    metadata: {
      name: "pahlevan",
      namespace: "pahlevan-system",
      labels: { "app.kubernetes.io/name": "pahlevan", role: "alert-rules" },
    },
    spec: { groups: groups.map(groupOf) },
  };
  return yaml(manifest, comments(groups, ["spec"]));
}

export function labelsOf({ severity, signal }: Alert): Record<string, string> {
  return { severity, ...(signal && { pahlevan_signal: signal }) };
}

export function annotationsOf({ name, summary, description }: Alert): Record<string, string> {
  return { summary, description, runbook_url: `${runbooks}/${name}` };
}

function groupOf({ name, intervalSeconds, recordings, alerts }: Group) {
  return {
    name,
    interval: span(intervalSeconds),
    rules: [
      ...recordings.map(({ record, expr }) => ({ record, expr })),
      ...alerts.map((alert) => ({
        alert: alert.name,
        expr: alert.expr,
        ...(alert.forSeconds > 0 && { for: span(alert.forSeconds) }),
        labels: labelsOf(alert),
        annotations: annotationsOf(alert),
      })),
    ],
  };
}

function comments(groups: readonly Group[], above: readonly string[]): Comment[] {
  return groups.flatMap(({ recordings, alerts }, group) =>
    [...recordings.map(({ why }) => why), ...alerts.map(({ circle }) => circle)].map(
      (says, rule): Comment => [[...above, "groups", group, "rules", rule], says],
    ),
  );
}
