/** A dashboard for Grafana: whether what leaves Pahlevan arrives, and what /metrics itself costs. */
import { MappingType, type Dashboard, type Panel, type ValueMap } from "@grafana/schema";
import { dataSources, query, shown, variable } from "./panel.ts";

const ofExporters = '{exporter=~"$exporter"}';
const grows = (counter: string, labels = ofExporters) =>
  `rate(${counter}${labels}[$__rate_interval])`;

export function exportersBoard(): string {
  return `${JSON.stringify(board(), undefined, 2)}\n`;
}

function board(): Dashboard {
  return {
    uid: "pahlevan-exporters",
    title: "Pahlevan: exporters",
    tags: ["pahlevan"],
    schemaVersion: 39,
    refresh: "30s",
    time: { from: "now-6h", to: "now" },
    templating: {
      list: [
        dataSources,
        variable("exporter", "label_values(pahlevan_exporter_attempts_total, exporter)"),
      ],
    },
    panels: [
      ...row("Exporters", 0),
      ...delivery(),
      ...losses(),
      ...row("Metrics", 18),
      ...series(),
    ].map((panel, at) => ({ id: at + 1, ...panel })),
  };
}

function delivery(): Panel[] {
  return [
    {
      ...shown("timeseries", "Records a second", { w: 10, h: 8, x: 0, y: 1 }),
      description:
        "What is accepted and not sent is queued, on disk, or dropped: beside and below.",
      targets: [
        query(
          `sum by (exporter) (${grows("pahlevan_exporter_records_accepted_total")})`,
          "{{exporter}}: accepted",
        ),
        query(
          `sum by (exporter) (${grows("pahlevan_exporter_records_sent_total")})`,
          "{{exporter}}: sent",
          "B",
        ),
      ],
      fieldConfig: { defaults: { min: 0 }, overrides: [] },
    },
    {
      ...shown("timeseries", "What waits, in memory and on disk", { w: 10, h: 8, x: 10, y: 1 }),
      description: "Denials go first, and are dropped last.",
      targets: [
        query(
          `sum by (exporter, lane) (pahlevan_exporter_records_queued${ofExporters} + pahlevan_exporter_records_spilled${ofExporters})`,
          "{{exporter}}: {{lane}}",
        ),
      ],
      fieldConfig: { defaults: { min: 0, custom: { fillOpacity: 20 } }, overrides: [] },
    },
    {
      ...shown("stat", "Asked", { w: 4, h: 8, x: 20, y: 1 }),
      description: "Resting: it failed too often, and is not asked for a while.",
      targets: [
        query(`max by (exporter) (pahlevan_exporter_resting${ofExporters})`, "{{exporter}}"),
      ],
      fieldConfig: { defaults: { mappings: [resting] }, overrides: [] },
      options: { colorMode: "background", graphMode: "none" },
    },
  ];
}

function losses(): Panel[] {
  return [
    {
      ...shown("timeseries", "Attempts that failed, of all", { w: 10, h: 8, x: 0, y: 9 }),
      targets: [
        query(
          `sum by (exporter) (${grows("pahlevan_exporter_attempts_total", '{outcome="failed",exporter=~"$exporter"}')})` +
            ` / (sum by (exporter) (${grows("pahlevan_exporter_attempts_total")}) > 0)`,
          "{{exporter}}",
        ),
      ],
      fieldConfig: { defaults: { unit: "percentunit", min: 0, max: 1 }, overrides: [] },
    },
    {
      ...shown("timeseries", "Dropped", { w: 10, h: 8, x: 10, y: 9 }),
      description: "What no receiver will hear of; `pahlevan decisions query` has the decisions.",
      targets: [
        query(
          `sum by (exporter, lane, reason) (increase(pahlevan_exporter_records_dropped_total${ofExporters}[$__rate_interval]))`,
          "{{exporter}}: {{lane}} ({{reason}})",
        ),
      ],
      fieldConfig: {
        defaults: { custom: { drawStyle: "bars", fillOpacity: 60 }, min: 0, decimals: 0 },
        overrides: [],
      },
    },
    {
      ...shown("stat", "Last success", { w: 4, h: 8, x: 20, y: 9 }),
      targets: [
        query(
          `time() - max by (exporter) (pahlevan_exporter_last_success_timestamp_seconds${ofExporters})`,
          "{{exporter}}",
        ),
      ],
      fieldConfig: { defaults: { unit: "s" }, overrides: [] },
      options: { graphMode: "none" },
    },
  ];
}

function series(): Panel[] {
  return [
    {
      ...shown("timeseries", "Series that are told together", { w: 12, h: 7, x: 0, y: 19 }),
      description: "Above 0: there are more workloads than `max-series` has room for.",
      targets: [query("sum by (instance) (pahlevan_series_folded)", "{{instance}}")],
      fieldConfig: { defaults: { min: 0, decimals: 0 }, overrides: [] },
    },
    {
      ...shown("timeseries", "A scrape takes", { w: 12, h: 7, x: 12, y: 19 }),
      targets: [
        query("scrape_duration_seconds and on (job, instance) pahlevan_build_info", "{{instance}}"),
      ],
      fieldConfig: { defaults: { unit: "s", min: 0 }, overrides: [] },
    },
  ];
}

function row(title: string, y: number): Panel[] {
  return [shown("row", title, { w: 24, h: 1, x: 0, y })];
}

const resting: ValueMap = {
  type: MappingType.ValueToText,
  options: {
    0: { text: "asked", color: "green", index: 0 },
    1: { text: "resting", color: "orange", index: 1 },
  },
};
