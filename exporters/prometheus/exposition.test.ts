import { execFileSync, spawnSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { expect, it } from "vitest";
import { metricsPage } from "../metrics/document.ts";
import { Distributions } from "../metrics/distribution.ts";
import { traced } from "../metrics/exemplar.ts";
import { noFacts } from "@pahlevan/core/behaviour/no-facts.ts";
import { madePolicy, madeSource, madeSink, noLoop } from "../metrics/made.ts";
import { Exporter } from "./exposition.ts";
import { lanes as lanesOf, type Lane } from "../record.ts";
import type { MetricsSource } from "../metrics/source.ts";

const nginx = { sort: "container", namespace: "shop", workload: 'ngi"nx\n', lossy: false };

const spreads = new Distributions([0.5, 30]);
for (const seconds of [0.2, 12, 12, 600]) spreads.count("alertmanager", seconds);
spreads.count("grafana", 12, traced({ traceId: "0af7651916cd43dd", spanId: "b7ad6b71" }, 1_500));

function sourceWith(instances: ReturnType<MetricsSource["instances"]> = []): MetricsSource {
  return madeSource({
    instances: () => instances,
    loop: () => ({
      ...noLoop,
      transitions: [
        {
          ...{ namespace: "shop", workload: "web", policy: "web" },
          ...{ from: "Learning", to: "Canary", signal: "promote", times: 1 },
        },
      ],
      signals: [{ source: "alertmanager", signal: "promote", outcome: "accepted", times: 2 }],
      requests: [{ source: "alertmanager", code: "200", count: 3 }],
      signalLag: spreads,
    }),
  });
}

const value = (body: string, series: string) =>
  Number(body.split(`\n${series} `)[1]?.split("\n")[0]);

type Counts = Record<"sent" | "queued" | "spilled" | "full" | "refused", number>;

function sinkThat(counts: Readonly<Record<Lane, Counts>>) {
  const each = (of: (lane: Counts) => number) => ({
    decision: of(counts.decision),
    transition: of(counts.transition),
    anomaly: of(counts.anomaly),
    behaviour: of(counts.behaviour),
  });
  return madeSink({
    accepted: each((of) => of.sent + of.queued + of.spilled + of.full + of.refused),
    ...{ sent: each(({ sent }) => sent), queued: each(({ queued }) => queued) },
    spilled: each(({ spilled }) => spilled),
    dropped: lanesOf.flatMap((lane) => [
      { lane, reason: "full", count: counts[lane].full },
      { lane, reason: "refused", count: counts[lane].refused },
    ]),
  });
}

it("shows that nothing is lost silently: the counters add up", async () => {
  const { body } = await new Exporter(sourceWith()).scrape(undefined);
  const records = (what: string, more = "") =>
    value(body, `pahlevan_records_${what}_total{kind="open"${more}}`);
  expect(records("generated")).toBe(
    records("delivered") + records("aggregated") + records("dropped", ',reason="ring_full"'),
  );
});

it("tells a canary from its control, and what has no value now from zero", async () => {
  const { body } = await new Exporter(sourceWith()).scrape(undefined);
  const of = 'namespace="shop",workload="web",policy="web"';
  expect(body).toContain(`pahlevan_policy_instances{${of},mode="enforce"} 1`);
  expect(body).toContain(`pahlevan_instance_failures_total{${of},mode="monitor"} 0`);
  expect(body).toContain(`pahlevan_loop_state_info{${of},state="Canary"} 1`);
  expect(body).not.toContain("\npahlevan_heartbeat_age_seconds ");
  expect(body).not.toContain("pahlevan_learning_quiet_seconds{");
});

it("counts what policies do not allow, and of that what was refused", async () => {
  const { body } = await new Exporter(sourceWith()).scrape(undefined);
  const of = 'namespace="shop",workload="web",policy="web"';
  const refused = 'facet="exec",action="deny",mode="enforce",tier="lsm"} 5';
  const watched = 'facet="file",action="allow",mode="monitor",tier="lsm"} 7';
  expect(body).toContain(`pahlevan_policy_violations_total{${of},${refused}`);
  expect(body).toContain(`pahlevan_policy_violations_total{${of},${watched}`);
  expect(body).toContain(`pahlevan_enforcement_actions_total{${of},${refused}`);
  expect(body).not.toContain(`pahlevan_enforcement_actions_total{${of},${watched}`);
  expect(body).toContain(`pahlevan_learning_progress_ratio{${of}} 1`);
});

it("shows a histogram by its buckets, in each format and at each scrape anew", async () => {
  const exporter = new Exporter(sourceWith());
  const lag = (suffix: string, value: number, le = "") =>
    `pahlevan_signal_lag_seconds_${suffix}{source="alertmanager"${le && `,le="${le}"`}} ${value}`;
  const lines = [
    "# TYPE pahlevan_signal_lag_seconds histogram",
    ...[lag("bucket", 1, "0.5"), lag("bucket", 3, "30.0"), lag("bucket", 4, "+Inf")],
    ...[lag("sum", 624.2), lag("count", 4)],
  ];
  for (const accept of [undefined, undefined, "application/openmetrics-text"]) {
    const { body } = await exporter.scrape(accept);
    expect(body).toContain(`${lines.join("\n")}\n`);
    expect(body).not.toContain("pahlevan_signal_to_kernel_seconds_");
  }
});

it("serves OpenMetrics to who asks for it, and text to the next one", async () => {
  const exporter = new Exporter(sourceWith());
  const open = await exporter.scrape("application/openmetrics-text;version=1.0.0;q=0.5,*/*;q=0.1");
  expect(open.contentType).toContain("application/openmetrics-text");
  expect(open.body).toContain('pahlevan_records_received_total{kind="open"} 3');
  expect(open.body).toContain("# TYPE pahlevan_records_received counter");
  expect(open.body.endsWith("# EOF\n")).toBe(true);
  const text = await exporter.scrape("text/plain");
  expect(text.body).toContain("# TYPE pahlevan_records_received_total counter");
});

it("shows where to look at one of many, in OpenMetrics, and to nobody who cannot read it", async () => {
  const newest = { labels: { trace_id: "abc" }, value: 1, atMs: 2_250 };
  const { decided } = madePolicy();
  const policies = () => [madePolicy({ decided: decided.map((of) => ({ ...of, newest })) })];
  const exporter = new Exporter({ ...sourceWith(), policies });
  const open = await exporter.scrape("application/openmetrics-text");
  expect(open.body).toContain('tier="lsm"} 5 # {trace_id="abc"} 1 2.25\n');
  const bucket = 'pahlevan_signal_lag_seconds_bucket{source="grafana",le="30.0"} 1';
  const exemplar = '# {trace_id="0af7651916cd43dd",span_id="b7ad6b71"} 12 1.5';
  expect(open.body).toContain(`${bucket} ${exemplar}\n`);
  const text = await exporter.scrape("text/plain");
  expect(text.body).toContain(`${bucket}\n`);
  expect(text.body).not.toContain("trace_id");
});

it("says of each sink what became of its records, and they add up", async () => {
  const lane = fc.record({
    ...{ sent: fc.nat(), queued: fc.nat(), spilled: fc.nat(), full: fc.nat(), refused: fc.nat() },
  });
  const lanes = fc.record({ decision: lane, transition: lane, anomaly: lane, behaviour: lane });
  await fc.assert(
    fc.asyncProperty(lanes, async (counts) => {
      const { body } = await new Exporter({
        ...sourceWith(),
        sinks: () => [sinkThat(counts)],
      }).scrape(undefined);
      for (const name of lanesOf) {
        const of = `exporter="central",type="loki",lane="${name}"`;
        const records = (kind: string, more = "") =>
          value(body, `pahlevan_exporter_records_${kind}{${of}${more}}`);
        expect(records("accepted_total")).toBe(
          records("sent_total") +
            records("queued") +
            records("spilled") +
            records("dropped_total", ',reason="full"') +
            records("dropped_total", ',reason="refused"'),
        );
        expect(records("sent_total")).toBe(counts[name].sent);
      }
    }),
    { numRuns: 30 },
  );
});

it("says since when a receiver takes nothing, and of none that it never did", async () => {
  const never = madeSink({ name: "new", lastSentMs: undefined, isResting: true });
  const sinks = () => [madeSink(), never];
  const { body } = await new Exporter({ ...sourceWith(), sinks }).scrape(undefined);
  const last = "pahlevan_exporter_last_success_timestamp_seconds";
  expect(value(body, `${last}{exporter="central",type="loki"}`)).toBe(1_700_000_000);
  expect(body).not.toContain(`${last}{exporter="new"`);
  expect(value(body, 'pahlevan_exporter_resting{exporter="new",type="loki"}')).toBe(1);
  const failed = 'pahlevan_exporter_attempts_total{exporter="new",type="loki",outcome="failed"}';
  expect(value(body, failed)).toBe(1);
});

it("sums a workload's instances, and forgets the workload with the last of them", async () => {
  const one = { ...nginx, facts: { ...noFacts(), exec: 2 } };
  const instances = [one, { ...one, lossy: true }];
  const exporter = new Exporter(sourceWith(instances));
  const series = 'namespace="shop",workload="ngi\\"nx\\n",facet="exec"';
  const before = await exporter.scrape(undefined);
  expect(before.body).toContain(`pahlevan_workload_facts{${series}} 4`);
  expect(before.body).toContain("pahlevan_instances_lossy 1");
  instances.length = 0;
  expect((await exporter.scrape(undefined)).body).not.toContain("ngi");
});

const promtool = spawnSync("promtool", ["--version"]).status === 0;

it.skipIf(!promtool)("passes promtool's check (needs promtool, Debian: prometheus)", async () => {
  const instances = [{ ...nginx, facts: { ...noFacts(), exec: 2 } }];
  const { body } = await new Exporter(sourceWith(instances)).scrape(undefined);
  const args = ["check", "metrics"];
  expect(() => execFileSync("promtool", args, { input: body, stdio: "pipe" })).not.toThrow();
});

it("is documented as it is", async () => {
  const page = fileURLToPath(new URL("../../docs/metrics.md", import.meta.url));
  expect(await readFile(page, "utf8")).toBe(metricsPage());
});

it("looks as its page shows it", async () => {
  const page = fileURLToPath(new URL("../../docs/exporters/prometheus.md", import.meta.url));
  const [, sample = ""] = /```text\n([^]*?)```/.exec(await readFile(page, "utf8")) ?? [];
  const trace = { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331" };
  const newest = { ...traced(trace, 1_700_000_000_500), value: 1 };
  const { decided } = madePolicy();
  const policies = () => [madePolicy({ decided: decided.map((of) => ({ ...of, newest })) })];
  const { body } = await new Exporter(madeSource({ policies })).scrape(
    "application/openmetrics-text",
  );
  const lines = sample.trimEnd().split("\n");
  expect(lines.length).toBeGreaterThan(5);
  expect(body.split("\n")).toEqual(expect.arrayContaining(lines));
});
