/** The alerts as Grafana-managed rules, for file provisioning: it asks a Prometheus data source. */
import { span } from "../pace.ts";
import type { Alert, Group } from "../rule.ts";
import { inlined } from "./inlined.ts";
import { annotationsOf, labelsOf } from "./prometheus.ts";
import { yaml } from "./yaml.ts";

/** To be set to the data source's uid; labels and models, unlike annotations, are expanded. */
const dataSource = "${PAHLEVAN_PROMETHEUS_UID}";
const LOOK_BACK_SECONDS = 600;

export function grafanaRules(groups: readonly Group[]): string {
  return yaml({
    apiVersion: 1,
    groups: inlined(groups).map(({ name, intervalSeconds, alerts }) => ({
      orgId: 1,
      name,
      folder: "Pahlevan",
      // Grafana evaluates every ten seconds or at multiples of it.
      interval: span(Math.ceil(intervalSeconds / 10) * 10),
      rules: alerts.map(ruleOf),
    })),
  });
}

function ruleOf(alert: Alert) {
  const { description, ...annotations } = annotationsOf(alert);
  return {
    uid: uidOf(alert.name),
    title: alert.name,
    condition: "fires",
    data: [
      {
        refId: "query",
        relativeTimeRange: { from: LOOK_BACK_SECONDS, to: 0 },
        datasourceUid: dataSource,
        model: { refId: "query", expr: alert.expr, instant: true, range: false },
      },
      {
        refId: "fires",
        datasourceUid: "__expr__",
        model: {
          refId: "fires",
          type: "threshold",
          expression: "query",
          // The expression compares already: what it gives fires, whatever its value (up is 0).
          conditions: [{ evaluator: { type: "gt", params: [-1] } }],
        },
      },
    ],
    noDataState: "OK",
    execErrState: onError(alert),
    missing_series_evals_to_resolve: 1,
    for: span(alert.forSeconds),
    labels: labelsOf(alert),
    annotations: {
      ...annotations,
      // $value is a sentence in Grafana; the number is the query's.
      description: description?.replaceAll("$value", "$values.query.Value"),
    },
    isPaused: false,
  };
}

/**
 * A data source that does not answer pulls no lever and releases none. The heartbeat must not be
 * kept: with nobody to ask, the way is broken.
 */
function onError({ signal }: Alert): "KeepLast" | "OK" {
  return signal === "heartbeat" ? "OK" : "KeepLast";
}

function uidOf(name: string): string {
  return name.replace(/(?!^)[A-Z]/g, (letter) => `-${letter}`).toLowerCase();
}
