import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { around, nowMs, settings, time } from "../../test/datadog/around.ts";
import { DogstatsdServer, judgeLine } from "../../test/datadog/dogstatsd.ts";
import { examples } from "../examples.ts";
import type { Snapshot } from "../metrics/snapshot.ts";
import { Outgoing } from "../record.ts";
import { dogstatsd, dogstatsdKeys } from "./dogstatsd.ts";

const never = new AbortController().signal;
const folder = mkdtempSync(join(tmpdir(), "pahlevan-dogstatsd-"));
afterAll(() => rmSync(folder, { recursive: true }));

function sinkFor(url: string, written: Partial<Record<keyof typeof dogstatsdKeys, string>> = {}) {
  return dogstatsd.make(settings(dogstatsdKeys, { url, ...written }), around());
}

function counting(count: number, workloads = ["web"]): Snapshot {
  const bounds = [1, 10];
  const cumulative = [count, count, count + 1_000];
  return {
    atMs: nowMs,
    sinceMs: nowMs,
    metrics: [
      {
        name: "pahlevan_policy_violations_total",
        help: "",
        type: "counter",
        samples: workloads.map((workload) => [{ workload, action: "deny|,x\n" }, count]),
      },
      { name: "pahlevan_loop_frozen", help: "", type: "gauge", samples: [[{}, 0.5]] },
      {
        name: "pahlevan_signal_lag_seconds",
        help: "",
        type: "histogram",
        spreads: [{ labels: {}, bounds, cumulative, sum: 3 }],
      },
    ],
  };
}

const many = Array.from({ length: 400 }, (_, at) => `workload-${at}`);
const ways = [
  ["UDP", 1_432, () => DogstatsdServer.udp()],
  ["a Unix socket", 8_192, () => DogstatsdServer.stream(join(folder, "dsd.socket"))],
] as const;

it.each(ways)(
  "metrics come by %s in whole lines, in packets of up to %d",
  async (_, most, start) => {
    await using server = await start();
    const sink = sinkFor(server.url);
    await sink.sendMetrics(counting(3, many), never);
    const tags = "env:prod";
    void tags;
    await expect
      .poll(() => server.lines.some((line) => line.startsWith("pahlevan.signal_lag_seconds.count")))
      .toBe(true);
    for (const line of server.lines) judgeLine(line);
    const sizes = server.packets.map(({ length }) => length);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(most);
    expect(server.packets.length).toBeGreaterThan(3);
    expect(server.lines).toContain(
      "pahlevan.policy_violations.count:3|c|#workload:workload-7,action:deny_x," +
        "service:pahlevan,version:0.1.0,cluster:prod,kube_cluster_name:prod",
    );
    expect(server.lines.find((line) => line.startsWith("pahlevan.loop_frozen:"))).toMatch(
      /:0\.5\|g\|#/,
    );
    expect(server.lines[0]).toMatch(/^_sc\|pahlevan\.agent\.up\|0\|/);
    await sink.close();
  },
);

it.each(ways)("records come by %s as events, of the size of a packet", async (_, most, start) => {
  await using server = await start();
  const sink = sinkFor(server.url);
  const lines = examples(time);
  const notice = lines[3];
  if (notice?.event !== "pahlevan.loop.notice") throw new Error("another example");
  const long = { ...notice, says: "é|\n".repeat(9_000), workload: "ü".repeat(300) };
  const batch = [...lines, long].map((line) => Outgoing.of(line));
  expect(await sink.send(batch, never)).toEqual({ sent: batch.length, again: [], refused: {} });
  await expect.poll(() => server.packets.length).toBe(batch.length);
  for (const packet of server.packets) {
    expect(packet.length).toBeLessThanOrEqual(most);
    judgeLine(packet.toString());
  }
  expect(server.lines[2]).toMatch(
    /^_e\{\d+,\d+\}:shop\/checkout: checkout-policy goes from Enforcing to Quarantine\|Pahlevan cuts .*\\nAsked for by alertmanager .*\|k:pahlevan:shop\/checkout\/checkout-policy\|s:pahlevan\|t:error\|#event:/,
  );
  await sink.close();
});

it("counts by what they grew by, and what could not be handed over the next time", async () => {
  const path = join(folder, "again.socket");
  const sink = sinkFor(`unixstream://${path}`, { send: "metrics" });
  await expect(sink.sendMetrics(counting(3), never)).rejects.toThrow("ENOENT");
  const values = (server: DogstatsdServer) =>
    server.lines
      .filter((line) => line.startsWith("pahlevan.policy_violations.count"))
      .map((line) => line.split("|")[0]?.split(":")[1]);
  {
    await using server = await DogstatsdServer.stream(path);
    await sink.sendMetrics(counting(5), never);
    await sink.sendMetrics(counting(6), never);
    await expect.poll(() => values(server)).toEqual(["5", "1"]);
  }
  // The agent starts again, with a new socket.
  await expect
    .poll(() =>
      sink.sendMetrics(counting(8), never).then(
        () => "sent",
        () => "not",
      ),
    )
    .toBe("not");
  await using server = await DogstatsdServer.stream(path);
  await sink.sendMetrics(counting(9), never);
  await expect.poll(() => values(server)).toEqual(["3"]);
  await sink.close();
});

it("tells nothing twice after an agent that ended in the middle", async () => {
  const path = join(folder, "killed.socket");
  const sink = sinkFor(`unixstream://${path}`, { send: "metrics" });
  const workloads = Array.from({ length: 6_000 }, (_, at) => `w-${at}`);
  const heard: string[] = [];
  {
    await using server = await DogstatsdServer.stream(path, { endsAfter: 1 });
    await expect(sink.sendMetrics(counting(3, workloads), never)).rejects.toThrow();
    heard.push(...server.lines);
  }
  await using server = await DogstatsdServer.stream(path);
  await sink.sendMetrics(counting(3, workloads), never);
  const isLast = (line: string) => line.startsWith("pahlevan.signal_lag_seconds.count");
  await expect.poll(() => server.lines.some(isLast)).toBe(true);
  heard.push(...server.lines);
  const counts = heard.filter((line) => line.startsWith("pahlevan.policy_violations.count:3|"));
  expect(counts.length).toBeGreaterThan(3_000);
  expect(new Set(counts).size).toBe(counts.length);
  await sink.close();
});

it("hears by UDP that nobody is there, and says which records to try again", async () => {
  const server = await DogstatsdServer.udp();
  const sink = sinkFor(server.url);
  await server[Symbol.asyncDispose]();
  const batch = examples(time).map((line) => Outgoing.of(line));
  const report = await sink.send(batch, never);
  expect(report.why).toContain("ECONNREFUSED");
  // The first was handed over before anybody could say so.
  expect([report.sent, report.again.length]).toEqual([1, batch.length - 1]);
  await expect(sink.check(never)).rejects.toThrow("ECONNREFUSED");
  await sink.close();
});

it("values of a distribution stand for as many as were counted", async () => {
  await using server = await DogstatsdServer.udp();
  const sink = sinkFor(server.url, { histograms: "distributions", send: "metrics" });
  await sink.sendMetrics(counting(3), never);
  const values = () =>
    server.lines.filter((line) => line.startsWith("pahlevan.signal_lag_seconds:"));
  await expect.poll(() => values().length).toBe(3 + 32);
  for (const line of server.lines) judgeLine(line);
  const weights = values().map((line) => 1 / Number(/\|@([\d.]+)/.exec(line)?.[1] ?? 1));
  expect(weights.reduce((sum, one) => sum + one, 0)).toBeCloseTo(1_003);
  expect(values()[0]).toMatch(/^pahlevan\.signal_lag_seconds:0\.1\d*\|d\|#/);
  await sink.close();
});

it("leaves out what it is not to send", async () => {
  await using server = await DogstatsdServer.udp();
  const sink = sinkFor(server.url, { send: "service-checks" });
  const batch = examples(time).map((line) => Outgoing.of(line));
  expect(await sink.send(batch, never)).toMatchObject({ sent: 0, refused: { no_part: 6 } });
  await sink.sendMetrics(counting(3), never);
  await expect.poll(() => server.lines.length).toBe(1);
  expect(server.lines[0]).toMatch(/^_sc/);
  await sink.close();
});

it("says why a datagram socket is none", () => {
  expect(() => dogstatsdKeys.url.type.parse("unix:///run/dsd.socket")).toThrow(/unixstream/);
});
