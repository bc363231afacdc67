/** A real Loki takes what we push, and gives it back by label and by structured metadata. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { examples } from "../../../exporters/examples.ts";
import { Outgoing, unixNs, type Line } from "../../../exporters/record.ts";
import { loki } from "../../../exporters/siem/loki/loki.ts";
import { acts } from "../../exporters/acts.ts";
import { aroundOf, settingsOf } from "../../exporters/settings-of.ts";
import { BUILT_WITHIN_MS, goProgram, goProgramMissing, versionIn } from "../go-program.ts";
import { RealServer } from "./real-server.ts";

const missing = await goProgramMissing("exporters/loki");
const version = versionIn("exporters/loki", "github.com/grafana/loki/v3");
const { signal } = new AbortController();

/** What some tenants may not do; the others have Loki's own limits. */
const overrides = {
  slow: { ingestion_rate_mb: 0.000_1, ingestion_burst_size_mb: 0.000_1 },
  plain: { allow_structured_metadata: false },
  narrow: { max_label_names_per_series: 4 },
  strict: { enforced_labels: ["owner"] },
};

function configuration(port: number, folder: string): string {
  const server = {
    http_listen_address: "127.0.0.1",
    http_listen_port: port,
    grpc_listen_address: "127.0.0.1",
    grpc_listen_port: 0,
    log_level: "warn",
  };
  const directories = {
    chunks_directory: join(folder, "chunks"),
    rules_directory: join(folder, "rules"),
  };
  const schema = { store: "tsdb", object_store: "filesystem", schema: "v13" };
  const index = { prefix: "index_", period: "24h" };
  return JSON.stringify({
    auth_enabled: true,
    server,
    common: {
      instance_addr: "127.0.0.1",
      path_prefix: folder,
      replication_factor: 1,
      ring: { kvstore: { store: "inmemory" } },
      storage: { filesystem: directories },
    },
    schema_config: { configs: [{ from: "2024-01-01", ...schema, index }] },
    runtime_config: { file: join(folder, "overrides.yaml") },
    analytics: { reporting_enabled: false },
  });
}

async function started(): Promise<RealServer> {
  const build = "github.com/grafana/loki/v3/pkg/util/build";
  return RealServer.start({
    program: await goProgram("exporters/loki", `-X ${build}.Version=${version}`),
    args: (port, folder) => {
      const file = join(folder, "loki.yaml");
      // JSON is YAML.
      writeFileSync(file, configuration(port, folder));
      writeFileSync(join(folder, "overrides.yaml"), JSON.stringify({ overrides }));
      return [`-config.file=${file}`];
    },
    ready: "/ready",
  });
}

const answered = z.object({
  data: z.object({
    result: z.array(
      z.object({
        stream: z.record(z.string(), z.string()),
        values: z.array(z.tuple([z.string(), z.string()])),
      }),
    ),
  }),
});

/** Streams, as Loki gives them: structured metadata beside the labels. */
async function query(tenant: string, logql: string) {
  const asked = new URLSearchParams({ query: logql, since: "1h", limit: "1000" });
  const answer = await fetch(`${server.url}/loki/api/v1/query_range?${asked.toString()}`, {
    headers: { "x-scope-orgid": tenant },
  });
  return answered.parse(await answer.json()).data.result;
}

async function lines(tenant: string, logql: string) {
  const streams = await query(tenant, logql);
  return streams.flatMap(({ values }) => values).sort(([one], [other]) => (one < other ? -1 : 1));
}

function sinkOf(tenant: string, team = "platform") {
  const settings = settingsOf(loki.keys, { url: server.url, tenant, labels: `team=${team}` });
  return loki.make(settings, aroundOf());
}

/** At times of their own, a moment ago, in their order. */
function recent(all: readonly Line[]): readonly Line[] {
  const seconds = Math.floor(Date.now() / 1_000) - 10;
  return all.map((line, at) => ({
    ...line,
    time: new Date(seconds * 1_000)
      .toISOString()
      .replace("000Z", `${String(at).padStart(9, "0")}Z`),
  }));
}

const all = [...examples("2026-03-14T01:59:26Z"), ...acts];

/** One for all: each test is a tenant of its own. */
let server: RealServer;

describe.skipIf(missing !== undefined)(`Loki (${missing ?? version})`, () => {
  beforeAll(async () => {
    server = await started();
  }, BUILT_WITHIN_MS);
  afterAll(() => server[Symbol.asyncDispose]());

  it("gives back each line with its time, by labels and by structured metadata", async () => {
    const tenant = "shop";
    const sink = sinkOf(tenant);
    expect(await sink.check(signal)).toBe(`Loki ${version} takes pushes of ${tenant}`);
    const sentLines = recent(all);
    const batch = sentLines.map((line) => Outgoing.of(line));
    expect(await sink.send(batch, signal)).toMatchObject({ sent: all.length, again: [] });
    // As after an answer that was lost: a line with its time is kept once.
    expect(await sink.send(batch, signal)).toMatchObject({ sent: all.length, again: [] });

    const kept = await lines(tenant, '{service_name="pahlevan", team="platform"}');
    expect(kept).toEqual(sentLines.map((line) => [String(unixNs(line.time)), json(line)]));

    const denied = '{namespace="shop", event="pahlevan.decision", severity="error"}';
    const [stream] = await query(tenant, `${denied} | action="deny" | pod=~"checkout-.+"`);
    expect(stream?.stream).toMatchObject({
      host: "node-1",
      cluster: "west",
      workload: "checkout",
      policy: "checkout-policy",
      executable: "/bin/sh",
      trace_id: "0af7651916cd43dd8448eb211c80319c",
    });
    expect(stream?.values.map(([, line]) => line)).toEqual([json(sentLines[0])]);
    expect(await lines(tenant, `${denied} | action="kill"`)).toEqual([]);
    expect(await lines(tenant, `${denied} | json | process_pid="4242"`)).toHaveLength(1);
    await sink.close();
  });

  it("makes a stream of few values, however many pods and programs there are", async () => {
    const tenant = "many";
    const sink = sinkOf(tenant);
    const [one] = examples("2026-03-14T01:59:26Z");
    const many = Array.from({ length: 200 }, (_, at) => ({
      ...one!,
      id: `id-${at}`,
      object: `/tmp/program-${at}`,
      pod: `checkout-${at}`,
      workload: `workload-${at}`,
    }));
    await sink.send(
      recent(many).map((line) => Outgoing.of(line)),
      signal,
    );
    const asked = new URLSearchParams({ "match[]": '{service_name="pahlevan"}' });
    const answer = await fetch(`${server.url}/loki/api/v1/series?${asked.toString()}`, {
      headers: { "x-scope-orgid": tenant },
    });
    const series = z.object({ data: z.array(z.record(z.string(), z.string())) });
    expect(series.parse(await answer.json()).data).toEqual([
      {
        service_name: "pahlevan",
        host: "node-1",
        cluster: "west",
        namespace: "shop",
        event: "pahlevan.decision",
        severity: "error",
        team: "platform",
      },
    ]);
    await sink.close();
  });

  it("refuses the line that is too old or too long, and keeps the others", async () => {
    const tenant = "old";
    const sink = sinkOf(tenant);
    const fresh = recent(all);
    const old = { ...fresh[1]!, id: "old", time: "2020-01-01T00:00:00.000000000Z" };
    const long = { ...fresh[0]!, id: "long", reason: "x".repeat(300_000) };
    const mixed = [...fresh.slice(0, 4), old, ...fresh.slice(4), long];
    const report = await sink.send(
      mixed.map((line) => Outgoing.of(line)),
      signal,
    );
    expect(report).toMatchObject({
      sent: all.length,
      again: [],
      refused: { too_old: 1, line_too_long: 1 },
    });
    expect(report.why).toMatch(/timestamp too old|max entry size/);
    expect(await lines(tenant, '{service_name="pahlevan"}')).toHaveLength(all.length);
    await sink.close();
  });

  it("refuses the line that its stream has left far behind, and keeps the others", async () => {
    const tenant = "behind";
    const sink = sinkOf(tenant);
    const fresh = recent(all);
    await sink.send([Outgoing.of(fresh[0]!)], signal);
    const hours = new Date(Date.now() - 5 * 3_600_000).toISOString();
    const behind = { ...fresh[0]!, id: "behind", time: hours };
    const batch = [behind, ...fresh.slice(1)].map((line) => Outgoing.of(line));
    expect(await sink.send(batch, signal)).toMatchObject({
      sent: all.length - 1,
      again: [],
      refused: { too_far_behind: 1 },
    });
    expect(await lines(tenant, '{service_name="pahlevan"}')).toHaveLength(all.length);
    await sink.close();
  });

  it.each([
    ["slow", "429: ingestion rate limit exceeded"],
    ["plain", "feature is disallowed"],
    ["narrow", "label names; limit 4"],
    ["strict", "missing required labels"],
  ])("refuses no record for what the configuration of %s is to blame for", async (tenant, why) => {
    // Loki remembers which labels it has found good, whosever they were.
    const sink = sinkOf(tenant, tenant);
    const batch = recent(all).map((line) => Outgoing.of(line));
    const report = await sink.send(batch, signal);
    expect(report).toMatchObject({ sent: 0, refused: {} });
    expect(report.again).toEqual(batch);
    expect(report.why?.toLowerCase()).toContain(why);
    await sink.close();
  });

  it("takes lines without structured metadata where it takes none with it", async () => {
    const texts = { url: server.url, tenant: "plain", "structured-metadata": "off" };
    const sink = loki.make(settingsOf(loki.keys, texts), aroundOf());
    const batch = recent(all).map((line) => Outgoing.of(line));
    expect(await sink.send(batch, signal)).toMatchObject({ sent: all.length, again: [] });
    expect(await lines("plain", '{service_name="pahlevan"}')).toHaveLength(all.length);
    await sink.close();
  });

  it("keeps records where it does not know whose they are", async () => {
    const sink = loki.make(settingsOf(loki.keys, { url: server.url }), aroundOf());
    const batch = recent(all).map((line) => Outgoing.of(line));
    const report = await sink.send(batch, signal);
    expect(report).toMatchObject({ sent: 0, refused: {}, why: "it answers 401: no org id" });
    expect(report.again).toEqual(batch);
    await expect(sink.check(signal)).rejects.toThrow("it answers 401: no org id");
    await sink.close();
  });
});

function json(line: Line | undefined): string {
  return JSON.stringify(line);
}
