/** What is shipped for Datadog, judged by its official client's models and by our own metrics. */
import { readFileSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { readAs } from "../../test/datadog/models.ts";
import { shippedAlerts } from "../rules/shipped.ts";
import { datadogMonitor, hasMonitor } from "../rules/write/datadog.ts";
import { boardMarker, datadogBoard } from "./board.ts";
import { datadogFiles } from "./files.ts";
import { datadogPipeline } from "./log-pipeline.ts";

const place = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const deployed = (file: string) => readFileSync(place(`deploy/datadog/${file}`), "utf8");
const asWritten = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

const monitored = shippedAlerts().filter(hasMonitor);
const monitors = monitored.map(datadogMonitor);
const rows = deployed("metadata.csv").trimEnd().split("\n");
const known = new Set(rows.slice(1).map((row) => row.split(",")[0]));
/** They come with risk and with the exporters, as for Prometheus' rules. */
const announced = new Set(["pahlevan.attack_surface_risk_score", "pahlevan.exporter_failed.count"]);

/** Of each metric, by its name in Datadog. */
const labels = new Map(
  [
    ...readFileSync(place("docs/metrics.md"), "utf8").matchAll(
      /^\| `(\w+)` \| (\w+) \| ([^|]*)\|/gm,
    ),
  ].map(([, name = "", type, tags = ""]) => {
    const own = `pahlevan.${name.replace(/^pahlevan_/, "")}`;
    const counter = `${own.replace(/_total$/, "")}.count`;
    return [type === "counter" ? counter : own, tags.match(/\w+/g) ?? []] as const;
  }),
);

const board = JSON.stringify(datadogBoard());
const queries = [
  ...monitors.map(({ query }) => query),
  ...[...board.matchAll(/"query":"((?:sum|min|max):pahlevan[^"]*)"/g)].map(
    ([, query = ""]) => query,
  ),
];

describe("monitors", () => {
  it.each(monitors.map((monitor) => [monitor.name, monitor] as const))(
    "the official model takes %s",
    (_, monitor) => {
      expect(() => readAs("v1", "Monitor", asWritten(monitor))).not.toThrow();
    },
  );

  it("drive the loop: promote, roll back, quarantine, by the webhook and its tags", () => {
    const levers = monitors.flatMap(({ name, tags, message }) => {
      const lever = tags.find((tag) => tag.startsWith("pahlevan_signal:"));
      if (lever) expect(message).toContain("@webhook-pahlevan");
      return lever ? [[name, lever.split(":")[1]]] : [];
    });
    expect(Object.fromEntries(levers)).toEqual({
      PahlevanLearningConverged: "promote",
      PahlevanCanaryDegraded: "rollback",
      PahlevanViolationBurst: "rollback",
      PahlevanSuspectedAttack: "quarantine",
    });
  });

  it("whose lever names a target group by it: its tags are what the signal is for", () => {
    const levers = monitors.filter(({ tags }) =>
      tags.some((tag) => tag.startsWith("pahlevan_signal:")),
    );
    const byTarget = /by \{cluster,namespace,workload,policy\}/;
    expect(levers.filter(({ query }) => !byTarget.test(query))).toEqual([]);
  });
});

describe("queries", () => {
  it("ask for metrics that there are, and that are sent under this name", () => {
    expect(queries.length).toBeGreaterThan(20);
    for (const query of queries) {
      const names = [...query.matchAll(/pahlevan\.[\w.]+/g)].map(([name]) => name);
      expect(names.length).toBeGreaterThan(0);
      for (const name of names)
        expect(announced.has(name) || known.has(name), `${name} in ${query}`).toBe(true);
    }
  });

  it("group by tags that these metrics have", () => {
    const others = ["cluster", "host"];
    for (const query of queries) {
      for (const [, name = "", by = ""] of query.matchAll(
        /(pahlevan\.[\w.]+)\{[^}]*\} by \{([^}]*)\}/g,
      )) {
        if (announced.has(name)) continue;
        const has = [...others, ...(labels.get(name) ?? [])];
        expect(by.split(",").filter((tag) => !has.includes(tag))).toEqual([]);
      }
    }
  });
});

it("the official model takes the dashboard, which can be known again", () => {
  expect(() => readAs("v1", "Dashboard", asWritten(datadogBoard()))).not.toThrow();
  expect(datadogBoard().description).toContain(boardMarker);
});

it("the official model takes the log pipeline", () => {
  expect(() => readAs("v1", "LogsPipeline", asWritten(datadogPipeline()))).not.toThrow();
});

describe("the folder for integrations-extras", () => {
  /** As its other integrations have it. */
  const manifestShape = z.strictObject({
    manifest_version: z.literal("2.0.0"),
    app_uuid: z.uuid(),
    app_id: z.literal("pahlevan"),
    display_on_public_website: z.boolean(),
    tile: z.strictObject({
      overview: z.literal("README.md#Overview"),
      configuration: z.literal("README.md#Setup"),
      support: z.literal("README.md#Support"),
      changelog: z.literal("CHANGELOG.md"),
      description: z.string().max(80),
      title: z.string(),
      media: z.array(z.unknown()),
      classifier_tags: z.array(z.string().regex(/^[\w ]+::[\w ]+$/)),
    }),
    assets: z.strictObject({
      integration: z.strictObject({
        auto_install: z.boolean(),
        source_type_name: z.string(),
        configuration: z.strictObject({}),
        events: z.strictObject({ creates_events: z.boolean() }),
        metrics: z.strictObject({
          prefix: z.string(),
          check: z.string(),
          metadata_path: z.string(),
        }),
        service_checks: z.strictObject({ metadata_path: z.string() }),
      }),
      dashboards: z.record(z.string(), z.string()),
      monitors: z.record(z.string(), z.string()),
      logs: z.strictObject({ source: z.string() }),
    }),
    author: z.strictObject({ name: z.string(), homepage: z.url() }),
  });
  const manifest = manifestShape.parse(JSON.parse(deployed("manifest.json")));
  const { integration, dashboards, monitors: files } = manifest.assets;

  it("has every file that its manifest names", () => {
    const named = [
      ...Object.values(dashboards),
      ...Object.values(files),
      integration.metrics.metadata_path,
      integration.service_checks.metadata_path,
      "README.md",
      "CHANGELOG.md",
    ];
    for (const file of named) expect(deployed(file).length).toBeGreaterThan(0);
    for (const heading of ["Overview", "Setup", "Data Collected", "Support"])
      expect(deployed("README.md")).toContain(`\n## ${heading}\n`);
    expect(known).toContain(integration.metrics.check);
  });

  it("has no file that is written no more", () => {
    const all = readdirSync(place("deploy/datadog"), { recursive: true, withFileTypes: true });
    const written = new Set(Object.keys(datadogFiles));
    const byHand = new Set(["README.md", "CHANGELOG.md", "metadata.csv"]);
    for (const entry of all) {
      if (!entry.isFile() || byHand.has(entry.name)) continue;
      const path = `${entry.parentPath}/${entry.name}`.slice(place("").length);
      expect(written).toContain(path);
    }
  });

  it("has a row for each metric: ten columns, a type, a description", () => {
    expect(rows[0]).toBe(
      "metric_name,metric_type,interval,unit_name,per_unit_name,description,orientation,integration,short_name,curated_metric",
    );
    for (const row of rows.slice(1)) {
      expect(row).toMatch(
        /^pahlevan\.[a-z0-9_.]+,(?:count|gauge),,\w*,,(?:"(?:[^"]|"")*"|[^",]+),0,pahlevan,[a-z0-9 ]+,$/,
      );
      expect(row.length).toBeLessThan(600);
    }
    expect(known.size).toBe(rows.length - 1);
  });

  it("wraps each monitor as integrations do", () => {
    const shape = z.strictObject({
      version: z.literal(2),
      created_at: z.iso.date(),
      last_updated_at: z.iso.date(),
      title: z.string(),
      description: z.string().max(300),
      tags: z.array(z.string()),
      definition: z.looseObject({ name: z.string() }),
    });
    for (const [name, file] of Object.entries(files)) {
      const { definition, title } = shape.parse(JSON.parse(deployed(file)));
      expect([title, definition.name]).toEqual([name, name]);
      readAs("v1", "Monitor", definition);
    }
  });

  it("names the service check that is sent, and the log source", () => {
    const checks = z
      .array(z.object({ check: z.string(), statuses: z.array(z.string()), name: z.string() }))
      .parse(JSON.parse(deployed("assets/service_checks.json")));
    expect(checks.map(({ check }) => check)).toContain("pahlevan.agent.up");
    const logs = z
      .object({
        id: z.literal(manifest.assets.logs.source),
        facets: z.array(z.object({ path: z.string(), source: z.literal("log") })),
        pipeline: z.object({
          type: z.literal("pipeline"),
          enabled: z.literal(true),
          processors: z.array(z.looseObject({ type: z.string(), enabled: z.literal(true) })),
        }),
      })
      .parse(parse(deployed("assets/logs/pahlevan.yaml")));
    expect(logs.pipeline.processors.length).toBe(datadogPipeline().processors.length);
    expect(JSON.stringify(logs.pipeline)).not.toMatch(/"[a-z]+_[a-z]+":/);
  });
});
