import { execFileSync, spawnSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { metricsPage } from "../metrics/document.ts";
import { Distributions } from "../metrics/distribution.ts";
import { Exporter, prefersOpenMetrics } from "./exposition.ts";
import type { MetricsSource } from "../metrics/source.ts";

const noFacts = {
  exec: 0,
  file: 0,
  network: 0,
  syscall: 0,
  capability: 0,
  credential: 0,
  mount: 0,
  ptrace: 0,
  bpf: 0,
  module: 0,
  io_uring: 0,
  namespace: 0,
  process: 0,
  instance: 0,
};
const nginx = { sort: "container", namespace: "shop", workload: 'ngi"nx\n', lossy: false };

const spreads = new Distributions([0.5, 30]);
for (const seconds of [0.2, 12, 12, 600]) spreads.count("alertmanager", seconds);

function sourceWith(instances: ReturnType<MetricsSource["instances"]> = []): MetricsSource {
  const dropped = { ring_full: 2 };
  return {
    build: () => ({ version: "0.1.0", node: "24", kernel: "6.1" }),
    counts: () => [
      { kind: "open", generated: 10, delivered: 3, aggregated: 5, dropped, received: 3 },
    ],
    malformed: () => 0,
    failures: () => [{ place: "path_name", error: "EFAULT", count: 4 }],
    maps: () => [{ map: "seen", used: 7, capacity: 100 }],
    programs: () => [{ program: "on_exec", runs: 3, seconds: 0.5, missed: 0 }],
    ring: () => ({ sizeBytes: 4096, pendingBytes: 0 }),
    tiers: () => [{ fact: "open", tier: "lsm", hook: "lsm/file_open" }],
    instances: () => instances,
    policies: () => [
      {
        namespace: "shop",
        workload: "web",
        policy: "web",
        phase: "Canary",
        sinceSeconds: 1_700_000_000,
        stepSeconds: 60,
        progress: 1,
        converged: true,
        unseenMass: 0.01,
        quietSeconds: undefined,
        attack: false,
        healingFailed: 0,
        instances: { enforce: 1, monitor: 4 },
        failures: { enforce: 2, monitor: 0 },
        untold: 3,
        packetsCut: 12,
        decided: [
          { facet: "exec", action: "deny", mode: "enforce", tier: "lsm", times: 5 },
          { facet: "file", action: "allow", mode: "monitor", tier: "lsm", times: 7 },
        ],
      },
    ],
    loop: () => ({
      transitions: [
        {
          ...{ namespace: "shop", workload: "web", policy: "web" },
          ...{ from: "Learning", to: "Canary", signal: "promote", times: 1 },
        },
      ],
      signals: [{ source: "alertmanager", signal: "promote", outcome: "accepted", times: 2 }],
      requests: [{ source: "alertmanager", code: "200", count: 3 }],
      signalLag: spreads,
      signalToKernel: [],
      heartbeatAgeSeconds: undefined,
      isFrozen: false,
    }),
    eventsPerSecond: () => 12.5,
    attribution: () => ({ waiting: 0, overflowed: 0 }),
    observers: () => ({ connected: 1, skipped: 9 }),
    process: () => ({ cpuSeconds: 1, residentBytes: 2, startSeconds: 3 }),
  };
}

it("shows that nothing is lost silently: the counters add up", async () => {
  const { body } = await new Exporter(sourceWith()).scrape(undefined);
  const value = (series: string) => Number(body.split(`\n${series} `)[1]?.split("\n")[0]);
  const kind = '{kind="open"}';
  expect(value(`pahlevan_records_generated_total${kind}`)).toBe(
    value(`pahlevan_records_delivered_total${kind}`) +
      value(`pahlevan_records_aggregated_total${kind}`) +
      value('pahlevan_records_dropped_total{kind="open",reason="ring_full"}'),
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
    ...[lag("bucket", 1, "0.5"), lag("bucket", 3, "30"), lag("bucket", 4, "+Inf")],
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

it("weighs what the scraper accepts", () => {
  expect(prefersOpenMetrics("text/plain;q=0.5,application/openmetrics-text;q=0.6")).toBe(true);
  expect(prefersOpenMetrics("text/plain,application/openmetrics-text;q=0.6")).toBe(false);
  expect(prefersOpenMetrics("application/openmetrics-text;q=0")).toBe(false);
});

it("sums a workload's instances, and forgets the workload with the last of them", async () => {
  const one = { ...nginx, facts: { ...noFacts, exec: 2 } };
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
  const instances = [{ ...nginx, facts: { ...noFacts, exec: 2 } }];
  const { body } = await new Exporter(sourceWith(instances)).scrape(undefined);
  const args = ["check", "metrics"];
  expect(() => execFileSync("promtool", args, { input: body, stdio: "pipe" })).not.toThrow();
});

it("is documented as it is", async () => {
  const page = fileURLToPath(new URL("../../docs/metrics.md", import.meta.url));
  expect(await readFile(page, "utf8")).toBe(metricsPage());
});
