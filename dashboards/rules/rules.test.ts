import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { signalKinds } from "@pahlevan/core/loop/signal.ts";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { ruleFiles } from "./files.ts";
import type { Pace } from "./pace.ts";
import { target } from "./rule.ts";
import { scenarios } from "./scenarios/all.ts";
import { shippedAlerts, shippedGroups } from "./shipped.ts";
import { datadogCheck, datadogMonitors } from "./write/datadog.ts";
import { grafanaRules } from "./write/grafana.ts";

const docs = fileURLToPath(new URL("../../docs", import.meta.url));
const alerts = shippedAlerts();
const names = alerts.map(({ name }) => name);
const expressions = shippedGroups().flatMap((group) =>
  [...group.recordings, ...group.alerts].map(({ expr }) => expr),
);

/** Promised names: a team's own routes and silences are written against them. */
const promised = [
  ...["LearningConverged", "CanaryHealthy", "CanaryDegraded", "ViolationBurst", "SuspectedAttack"],
  ...["RiskHigh", "EventsDropped", "AgentDown", "HeartbeatMissing", "TierDegraded"],
  ...["ExporterFailing", "HealingFailed"],
].map((name) => `Pahlevan${name}`);

/** Metrics that come with risk; docs/metrics.md has the rest. */
const announced: readonly (readonly [name: string, labels: string])[] = [
  ["pahlevan_attack_surface_risk_score", "namespace workload"],
];

describe("the shipped alerts", () => {
  it("have the promised names, each once", () => {
    expect(names).toEqual(expect.arrayContaining(promised));
    expect(new Set(names).size).toBe(names.length);
  });

  it("ask only for metrics that there are", () => {
    const page = readFileSync(`${docs}/metrics.md`, "utf8");
    const rows = [...page.matchAll(/^\| `(\w+)` \| \w+ \| ([^|]*)\|/gm)];
    const known = new Map([
      ...announced,
      ...rows.map(([, name = "", labels = ""]) => [name, labels] as const),
    ]);
    for (const expr of expressions) {
      const asked = expr.matchAll(/(?<![\w:])(pahlevan_\w+)(?:\{([^}]*)\})?/g);
      for (const [, name = "", matchers = ""] of asked) {
        const labels = known.get(name)?.match(/\w+/g) ?? [];
        expect([...known.keys()]).toContain(name);
        for (const [, label] of matchers.matchAll(/(\w+)=/g)) expect(labels).toContain(label);
      }
    }
  });

  it("have a page each for who is paged, and no page is without its alert", () => {
    const pages = readdirSync(`${docs}/runbooks`).map((file) => file.replace(/\.md$/, ""));
    expect(pages.toSorted()).toEqual([...names].toSorted());
  });

  it.each(names)("%s is tried where it fires and where it is silent", (name) => {
    const tried = scenarios.filter(({ alert }) => alert === name);
    expect(tried.some(({ fires }) => fires.length > 0)).toBe(true);
    expect(tried.some(({ fires }) => fires.length === 0)).toBe(true);
  });

  it("name the target of a lever, and nothing else", () => {
    const levers = new Set<string>(alerts.filter(({ signal }) => signal).map(({ name }) => name));
    const labels = scenarios
      .filter(({ alert }) => levers.has(alert))
      .flatMap(({ fires }) => fires.flatMap((firing) => Object.keys(firing.labels)));
    expect(new Set(labels)).toEqual(new Set(target));
  });

  it("pull every lever but those that no alert should", () => {
    const pulled = new Set<string | undefined>(alerts.map(({ signal }) => signal));
    // A person's, and what follows by itself when a cause resolves.
    expect(signalKinds.filter((kind) => !pulled.has(kind))).toEqual(["suspend", "resume"]);
  });
});

it("leaves no file behind that is generated no more", () => {
  const folder = fileURLToPath(new URL("../..", import.meta.url));
  const files = readdirSync(`${folder}/dashboards/generated`, {
    recursive: true,
    encoding: "utf8",
  });
  const known = Object.keys(ruleFiles).map((file) => file.replace("dashboards/generated/", ""));
  expect(files.filter((file) => file !== "tests" && !known.includes(file))).toEqual([]);
});

describe("a quicker pace", () => {
  it("is in every window of canary and bursts", () => {
    const quick: Pace = {
      evaluation: 1,
      hold: 3,
      confirm: 2,
      reaction: 11,
      step: 13,
      burst: 7,
      past: 59,
      healing: 97,
    };
    const [canary] = shippedGroups(quick);
    const text = JSON.stringify(canary);
    expect(text).not.toMatch(/\[\d+[mh]\]|increase\d+m/);
    for (const seconds of [11, 13, 7, 59]) expect(text).toContain(`[${seconds}s]`);
  });
});

describe("Grafana's rules", () => {
  const file = z.object({
    groups: z.array(
      z.object({
        rules: z.array(
          z.object({
            uid: z.string(),
            title: z.string(),
            execErrState: z.string(),
            labels: z.record(z.string(), z.string()),
            data: z.array(z.object({ model: z.looseObject({ expr: z.string().optional() }) })),
          }),
        ),
      }),
    ),
  });
  const { groups } = file.parse(parse(grafanaRules(shippedGroups())));
  const rules = groups.flatMap((group) => group.rules);

  it("are all of them, with uids that Grafana takes", () => {
    expect(rules.map(({ title }) => title)).toEqual(names);
    const uids = rules.map(({ uid }) => uid);
    expect(new Set(uids).size).toBe(uids.length);
    for (const uid of uids) expect(uid).toMatch(/^[a-z-]{1,40}$/);
  });

  it("need no recording rules, and hold nothing that provisioning would expand", () => {
    for (const { data, labels } of rules) {
      expect(data[0]?.model.expr).not.toMatch(/\w:pahlevan/);
      expect(JSON.stringify([labels, data.map(({ model }) => model)])).not.toContain("$");
    }
  });

  it("pull and release no lever when the data source fails, but let the heartbeat end", () => {
    const kept = rules.filter(({ execErrState }) => execErrState === "OK");
    expect(kept.map(({ title }) => title)).toEqual(["PahlevanHeartbeat"]);
  });
});

describe("Datadog's monitors", () => {
  const monitor = z.object({
    name: z.string(),
    query: z.string(),
    message: z.string(),
    tags: z.array(z.string()),
    options: z.object({ thresholds: z.object({ critical: z.number() }) }),
  });
  const monitors = z.array(monitor).parse(JSON.parse(datadogMonitors(alerts)));

  it("have a query that ends in the threshold which they state", () => {
    const shape =
      /^(?:(?:sum|min|max|avg)\(last_\d+[mh]\)|change\(avg\(last_\d+m\),last_\d+[hd]\)):.+ (?:>=?|<) (\S+)$/;
    for (const { query, options } of monitors) {
      const [, threshold] = shape.exec(query) ?? [];
      expect(Number(threshold)).toBe(options.thresholds.critical);
      expect(query.split("(").length).toBe(query.split(")").length);
    }
  });

  it("carry the lever as a tag, and speak Datadog's templates", () => {
    const burst = monitors.find(({ name }) => name === "PahlevanViolationBurst");
    expect(burst?.tags).toContain("pahlevan_signal:rollback");
    expect(burst?.message).toContain("{{namespace.name}}/{{workload.name}}");
    for (const { message } of monitors) expect(message).not.toContain("$");
  });

  it("ask only for what the check collects", () => {
    const check = datadogCheck(alerts);
    for (const { query } of monitors)
      for (const [, name] of query.matchAll(/pahlevan\.(\w+)/g))
        expect(check).toContain(`pahlevan_${name}: ${name}\n`);
  });
});
