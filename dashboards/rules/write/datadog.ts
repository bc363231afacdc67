/** The alerts as Datadog monitors, and what its OpenMetrics check has to collect for them. */
import type { Alert, DatadogQuery, Severity } from "../rule.ts";
import { annotationsOf, labelsOf } from "./prometheus.ts";
import { yaml } from "./yaml.ts";

/** 1 is the most urgent; monitors have five. */
const priorities: Readonly<Record<Severity, number>> = {
  critical: 1,
  warning: 3,
  info: 4,
  none: 5,
};
/** How often a monitor that goes on is told again: what got lost is made good. */
const RENOTIFY_MINUTES = 10;

export function datadogMonitors(alerts: readonly Alert[]): string {
  return `${JSON.stringify(alerts.filter(hasMonitor).map(datadogMonitor), undefined, 2)}\n`;
}

type Monitored = Alert & { readonly datadog: DatadogQuery };

export function hasMonitor(alert: Alert): alert is Monitored {
  return "query" in alert.datadog;
}

export function datadogMonitor(alert: Monitored) {
  const { query, comparison, threshold, missingAlarms } = alert.datadog;
  const { summary, description, runbook_url } = annotationsOf(alert);
  return {
    name: alert.name,
    type: "query alert",
    query: `${query} ${comparison} ${threshold}`,
    message: [
      summary,
      inDatadogsWords(description ?? ""),
      `Runbook: ${runbook_url}`,
      "@webhook-pahlevan",
    ].join("\n\n"),
    tags: [
      "managed-by:pahlevan",
      `uid:${alert.name}`,
      ...Object.entries(labelsOf(alert)).map(([label, value]) => `${label}:${value}`),
    ],
    priority: priorities[alert.severity],
    options: {
      thresholds: { critical: threshold },
      include_tags: true,
      require_full_window: false,
      renotify_interval: RENOTIFY_MINUTES,
      on_missing_data: missingAlarms ? "show_and_notify_no_data" : "resolve",
    },
  };
}

function inDatadogsWords(template: string): string {
  return template
    .replace(/\{\{ with \$labels\.(\w+) \}\}.*\{\{ end \}\}/g, "{{$1.name}}")
    .replace(/\{\{ \$labels\.(\w+) \}\}/g, "{{$1.name}}")
    .replace(/\{\{ \$value(?: \| \w+)? \}\}/g, "{{value}}")
    .replaceAll("{{instance.name}}", "{{host.name}}");
}

/** Metrics keep their words; the check takes counters without `_total` and adds `.count` itself. */
export function datadogCheck(alerts: readonly Alert[]): string {
  const queries = alerts.map(({ datadog }) => datadog).filter((each) => "query" in each);
  const names = [...new Set(queries.flatMap(metricsOf))].toSorted();
  return yaml({
    init_config: {},
    instances: [
      {
        openmetrics_endpoint: "http://127.0.0.1:9464/metrics",
        namespace: "pahlevan",
        metrics: names.map((name) => ({ [`pahlevan_${name}`]: name })),
        tags: ["cluster:here"],
      },
    ],
  });
}

function metricsOf({ query }: DatadogQuery): string[] {
  return [...query.matchAll(/pahlevan\.(\w+)/g)].map(([, name = ""]) => name);
}
