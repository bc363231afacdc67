/** The folder that Datadog's integrations-extras takes: its files, but for metadata.csv. */
import { stringify } from "yaml";
import { shippedAlerts } from "../rules/shipped.ts";
import { datadogMonitor, hasMonitor } from "../rules/write/datadog.ts";
import { datadogBoard } from "./board.ts";
import { integrationPipeline } from "./log-pipeline.ts";

const homepage = "https://pahlevan.io";
const asJson = (value: unknown) => `${JSON.stringify(value, undefined, 2)}\n`;
const monitored = shippedAlerts().filter(hasMonitor);
const monitorFile = (name: string) =>
  `assets/monitors/${name.replaceAll(/(?<=.)(?=[A-Z])/g, "_").toLowerCase()}.json`;

const metricsPrefix = "pahlevan.";

/** Datadog gives `source_type_id` itself; addresses and logos are for who hands it in. */
export const integrationFiles: Readonly<Record<string, () => string>> = {
  "manifest.json": () => asJson(manifest()),
  "assets/dashboards/pahlevan_loop.json": () => asJson(datadogBoard()),
  "assets/logs/pahlevan.yaml": () => stringify(integrationPipeline(), { lineWidth: 0 }),
  "assets/service_checks.json": () => asJson(serviceChecks),
  ...Object.fromEntries(
    monitored.map((alert) => [
      monitorFile(alert.name),
      () =>
        asJson({
          version: 2,
          created_at: "2026-11-22",
          last_updated_at: "2026-11-22",
          title: alert.name,
          description: alert.summary,
          tags: ["integration:pahlevan"],
          definition: datadogMonitor(alert),
        }),
    ]),
  ),
};

function manifest() {
  return {
    manifest_version: "2.0.0",
    app_uuid: "7b0a1f52-6a3e-4c07-9a35-5f0c2d1e8b64",
    app_id: "pahlevan",
    display_on_public_website: false,
    tile: {
      overview: "README.md#Overview",
      configuration: "README.md#Setup",
      support: "README.md#Support",
      changelog: "CHANGELOG.md",
      description: "Runtime security whose policies your monitors promote, heal and roll back",
      title: "Pahlevan",
      media: [],
      classifier_tags: [
        "Supported OS::Linux",
        "Category::Containers",
        "Category::Kubernetes",
        "Category::Log Collection",
        "Category::Security",
        "Offering::Integration",
        "Submitted Data Type::Metrics",
        "Submitted Data Type::Logs",
        "Submitted Data Type::Events",
      ],
    },
    assets: {
      integration: {
        auto_install: false,
        source_type_name: "Pahlevan",
        configuration: {},
        events: { creates_events: true },
        metrics: {
          prefix: metricsPrefix,
          check: "pahlevan.build_info",
          metadata_path: "metadata.csv",
        },
        service_checks: { metadata_path: "assets/service_checks.json" },
      },
      dashboards: { "Pahlevan: the loop": "assets/dashboards/pahlevan_loop.json" },
      monitors: Object.fromEntries(monitored.map(({ name }) => [name, monitorFile(name)])),
      logs: { source: "pahlevan" },
    },
    author: {
      name: "The Pahlevan authors",
      homepage,
    },
  };
}

const serviceChecks = [
  {
    agent_version: "7.0.0",
    integration: "Pahlevan",
    check: "pahlevan.agent.up",
    statuses: ["ok"],
    groups: ["host", "cluster"],
    name: "Pahlevan agent",
    description:
      "Returns `OK` while Pahlevan's agent on the host senses and reports. An agent that is down reports nothing.",
  },
  {
    agent_version: "7.0.0",
    integration: "Pahlevan",
    check: "pahlevan.openmetrics.health",
    statuses: ["ok", "critical"],
    groups: ["host", "endpoint"],
    name: "Pahlevan OpenMetrics endpoint",
    description:
      "Returns `CRITICAL` if the Datadog Agent's OpenMetrics check cannot read Pahlevan's metrics, otherwise returns `OK`.",
  },
];
