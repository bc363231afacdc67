import { createHash } from "node:crypto";
import { expect, it } from "vitest";
import { around, nowMs, settings, time } from "../../test/datadog/around.ts";
import { readAs } from "../../test/datadog/models.ts";
import { HttpPeerServer, type Answer, type Asked } from "../../test/http-peer.ts";
import { examples } from "../examples.ts";
import type { Snapshot } from "../metrics/snapshot.ts";
import { Outgoing, type Line } from "../record.ts";
import type { Memory } from "../sink.ts";
import { datadogKeys } from "./keys.ts";
import { datadog } from "./sink.ts";

const never = new AbortController().signal;
const key = "0123456789abcdef0123456789abcdef";

function sinkFor(
  { url }: { url: string },
  written: Partial<Record<keyof typeof datadogKeys, string>> = {},
  memory?: Memory,
) {
  const usual = { "api-key": key, url, env: "prod", tags: "team:shop" };
  return datadog.make(settings(datadogKeys, { ...usual, ...written }), around(memory));
}

const lines = examples(time);
const records = (...some: readonly (Line | undefined)[]) =>
  some.flatMap((line) => (line ? [Outgoing.of(line)] : []));
const [decision, , transition, notice] = lines;
const asJson = ({ body }: Asked): unknown => JSON.parse(body.toString());
const onPath = (peer: HttpPeerServer, path: string) =>
  peer.asked.filter((asked) => asked.path === path);
const numbered = (from: number, count: number) =>
  Array.from({ length: count }, (_, at) =>
    Outgoing.of({ ...examples(time, `n${from + at}`)[0]!, id: `n${from + at}` }),
  );

function counting(violations: number, more: Partial<Snapshot> = {}): Snapshot {
  const labels = { namespace: "shop", workload: "Web", policy: "web", action: "deny" };
  return {
    atMs: nowMs,
    sinceMs: nowMs - 10_000,
    metrics: [
      {
        name: "pahlevan_policy_violations_total",
        help: "",
        type: "counter",
        samples: [[labels, violations]],
      },
      { name: "pahlevan_loop_frozen", help: "", type: "gauge", samples: [[{}, 1]] },
      {
        name: "pahlevan_signal_lag_seconds",
        help: "",
        type: "histogram",
        spreads: [
          { labels: { source: "grafana" }, bounds: [1, 10], cumulative: [1, 3, 4], sum: 31.5 },
        ],
      },
    ],
    ...more,
  };
}

interface Series {
  readonly metric: string;
  readonly type: number;
  readonly interval?: number;
  readonly points: readonly { readonly timestamp: number; readonly value: number }[];
  readonly tags: readonly string[];
}

/** Read by the official client's model first. */
function seriesIn(asked: Asked): readonly Series[] {
  const json = asJson(asked);
  readAs("v2", "MetricPayload", json);
  if (!isSeries(json)) throw new Error("no series");
  return json.series;
}

function isSeries(json: unknown): json is { readonly series: readonly Series[] } {
  return typeof json === "object" && json !== null && "series" in json;
}

const valueOf = (series: readonly Series[], metric: string, tag = "") =>
  series.find((one) => one.metric === metric && (tag === "" || one.tags.includes(tag)))?.points[0]
    ?.value;

it("a record is a log that the official model takes, with its tags, status and time", async () => {
  await using peer = await HttpPeerServer.start();
  peer.answer = () => ({ status: 202, body: "{}" });
  const sink = sinkFor(peer);
  const batch = lines.map((line) => Outgoing.of(line));
  expect(await sink.send(batch, never)).toEqual({ sent: batch.length, again: [], refused: {} });
  const [logs] = onPath(peer, "/api/v2/logs");
  expect(logs?.headers).toMatchObject({
    "dd-api-key": key,
    "content-type": "application/json",
    "content-encoding": "gzip",
  });
  const items = asJson(logs!);
  const free = { anyFieldOf: ["HTTPLogItem"] };
  expect(readAs("v2", "Array<HTTPLogItem>", items, free)).toHaveLength(lines.length);
  expect(items).toMatchObject([
    {
      ddsource: "pahlevan",
      service: "pahlevan",
      hostname: "node-1",
      status: "error",
      message:
        "shop/checkout: denied exec /usr/bin/curl by /bin/sh (exec not allowed: no entry of the policy allows it)",
      timestamp: Date.parse("2026-11-22T11:59:58.123Z"),
      evt: { name: "pahlevan.decision", id: "example-1" },
      pahlevan: { time, object: "/usr/bin/curl", process: { pid: 4242 } },
    },
    { status: "debug" },
    { status: "critical" },
    { status: "critical" },
    { status: "info" },
    { status: "debug" },
  ]);
  if (notice?.event !== "pahlevan.loop.notice") throw new Error("another example");
  await sink.send([Outgoing.of({ ...notice, notice: "ask" })], never);
  expect(asJson(peer.asked.at(-1)!)).toMatchObject([{ status: "warn" }]);
  const tags = JSON.stringify(items);
  expect(tags).toContain(
    '"env:prod,service:pahlevan,version:0.1.0,cluster:prod,kube_cluster_name:prod,team:shop,' +
      "event:pahlevan.decision,namespace:shop,workload:checkout,policy:checkout-policy,facet:exec",
  );
  await sink.close();
});

it("what moves a loop is a change, and what calls somebody an alert, among events", async () => {
  await using peer = await HttpPeerServer.start();
  peer.answer = () => ({ status: 202, body: "{}" });
  const sink = sinkFor(peer);
  await sink.send(
    lines.map((line) => Outgoing.of(line)),
    never,
  );
  const events = onPath(peer, "/api/v2/events").map(asJson);
  for (const event of events) readAs("v2", "EventCreateRequestPayload", event);
  expect(events).toMatchObject([
    {
      data: {
        type: "event",
        attributes: {
          category: "change",
          title: "shop/checkout: checkout-policy goes from Enforcing to Quarantine",
          aggregation_key: "pahlevan:shop/checkout/checkout-policy",
          timestamp: "2026-11-22T11:59:58.123Z",
          host: "node-1",
          attributes: {
            changed_resource: { type: "configuration", name: "shop/checkout-policy" },
            prev_value: { phase: "Enforcing" },
            new_value: { phase: "Quarantine" },
            author: { type: "automation", name: "PahlevanSuspectedAttack" },
          },
        },
      },
    },
    { data: { attributes: { category: "alert", attributes: { status: "error", priority: "1" } } } },
  ]);
  await sink.close();
});

it("keeps an event's limits, whatever a record says", async () => {
  await using peer = await HttpPeerServer.start();
  peer.answer = () => ({ status: 202 });
  const sink = sinkFor(peer, { send: "events" });
  const long = "ü".repeat(6_000);
  const huge: Line = { ...transition!, policy: long, workload: long };
  if (huge.event !== "pahlevan.loop.transition") throw new Error("another example");
  await sink.send([Outgoing.of({ ...huge, why: long, cause: { ...huge.cause, by: long } })], never);
  const event = asJson(peer.asked[0]!);
  readAs("v2", "EventCreateRequestPayload", event);
  const { title, message, aggregation_key, tags, attributes } = attributesOf(event);
  expect([title.length, message.length]).toEqual([500, 4_000]);
  expect(aggregation_key.length).toBeLessThanOrEqual(100);
  expect(tags.length).toBeLessThanOrEqual(100);
  expect(Math.max(...tags.map((tag) => tag.length))).toBeLessThanOrEqual(200);
  expect(attributes.changed_resource.name.length).toBe(128);
  expect(attributes.author.name.length).toBe(128);
  await sink.close();
});

interface ChangeAttributes {
  readonly title: string;
  readonly message: string;
  readonly aggregation_key: string;
  readonly tags: readonly string[];
  readonly attributes: Readonly<Record<"changed_resource" | "author", { readonly name: string }>>;
}

function attributesOf(event: unknown): ChangeAttributes {
  if (isChange(event)) return event.data.attributes;
  throw new Error("no event");
}

function isChange(json: unknown): json is { readonly data: { attributes: ChangeAttributes } } {
  return typeof json === "object" && json !== null && "data" in json;
}

it("counts are what they grew by, with the interval, and gauges what they are", async () => {
  await using peer = await HttpPeerServer.start();
  peer.answer = () => ({ status: 202, body: '{"errors":[]}' });
  const sink = sinkFor(peer, { send: "metrics" });
  await sink.sendMetrics(counting(5), never);
  const first = seriesIn(peer.asked[0]!);
  const violations = first.find(({ metric }) => metric === "pahlevan.policy_violations.count");
  expect(violations).toMatchObject({
    type: 1,
    interval: 10,
    points: [{ timestamp: nowMs / 1_000, value: 5 }],
    resources: [{ type: "host", name: "node-1" }],
  });
  expect(violations?.tags).toEqual([
    ...["namespace:shop", "workload:web", "policy:web", "action:deny", "env:prod"],
    ...["service:pahlevan", "version:0.1.0", "cluster:prod", "kube_cluster_name:prod", "team:shop"],
  ]);
  expect(first.find(({ metric }) => metric === "pahlevan.loop_frozen")).toMatchObject({
    type: 3,
    points: [{ value: 1 }],
  });
  await sink.sendMetrics(counting(7, { atMs: nowMs + 30_000 }), never);
  const second = seriesIn(peer.asked[1]!);
  expect(second.find(({ metric }) => metric === violations?.metric)).toMatchObject({
    interval: 30,
    points: [{ value: 2 }],
  });
  expect(valueOf(second, "pahlevan.signal_lag_seconds.count")).toBe(0);
  await sink.close();
});

it("a failed send makes the next growth bigger, and a counter that began anew counts from 0", async () => {
  await using peer = await HttpPeerServer.start();
  const answers: Answer[] = [{ status: 202 }, { status: 503 }, "cut", { status: 202 }];
  peer.answer = () => answers.shift() ?? { status: 202 };
  const sink = sinkFor(peer, { send: "metrics" });
  const name = "pahlevan.policy_violations.count";
  await sink.sendMetrics(counting(5), never);
  await expect(sink.sendMetrics(counting(6), never)).rejects.toThrow("503");
  await expect(sink.sendMetrics(counting(8), never)).rejects.toThrow();
  await sink.sendMetrics(counting(9), never);
  expect(valueOf(seriesIn(peer.asked.at(-1)!), name)).toBe(4);
  await sink.sendMetrics(counting(3), never);
  expect(valueOf(seriesIn(peer.asked.at(-1)!), name)).toBe(3);
  await sink.close();
});

it("a sink made anew goes on where the one before ended, and one that comes late begins now", async () => {
  await using peer = await HttpPeerServer.start();
  peer.answer = () => ({ status: 202 });
  const memory = new Map<string, string>();
  const name = "pahlevan.policy_violations.count";
  const old = { sinceMs: nowMs - 3_600_000 };
  const before = sinkFor(peer, { send: "metrics" }, memory);
  await before.sendMetrics(counting(100, old), never);
  // Not its own: it was made an hour after these began to count.
  expect(valueOf(seriesIn(peer.asked[0]!), name)).toBe(0);
  await before.sendMetrics(counting(103, old), never);
  expect(valueOf(seriesIn(peer.asked[1]!), name)).toBe(3);
  await before.close();
  const after = sinkFor(peer, { send: "metrics" }, memory);
  await after.sendMetrics(counting(110, old), never);
  expect(valueOf(seriesIn(peer.asked[2]!), name)).toBe(7);
  expect(memory.size).toBe(0);
  await after.close();
});

it("a histogram is its counts by bound, exact; or values for percentiles, where one wants them", async () => {
  await using peer = await HttpPeerServer.start();
  peer.answer = () => ({ status: 202 });
  const exact = sinkFor(peer, { send: "metrics" });
  await exact.sendMetrics(counting(5), never);
  const series = seriesIn(peer.asked[0]!);
  const bucket = "pahlevan.signal_lag_seconds.bucket";
  expect(
    ["1", "10", "inf"].map((bound) => valueOf(series, bucket, `upper_bound:${bound}`)),
  ).toEqual([1, 3, 4]);
  expect(valueOf(series, "pahlevan.signal_lag_seconds.sum")).toBe(31.5);
  const guessed = sinkFor(peer, { send: "metrics", histograms: "distributions" });
  await guessed.sendMetrics(counting(5), never);
  const [points] = onPath(peer, "/api/v1/distribution_points").map(asJson);
  readAs("v1", "DistributionPointsPayload", points);
  const at = nowMs / 1_000;
  expect(points).toMatchObject({
    series: [
      { metric: "pahlevan.signal_lag_seconds", host: "node-1", points: [[at, [0.5]]] },
      { points: [[at, [3.25, 7.75]]] },
      { points: [[at, [10]]] },
    ],
  });
  await guessed.sendMetrics(counting(5), never);
  expect(onPath(peer, "/api/v1/distribution_points")).toHaveLength(1);
  await exact.close();
  await guessed.close();
});

it("says that the agent is up, as a service check", async () => {
  await using peer = await HttpPeerServer.start();
  peer.answer = () => ({ status: 202 });
  const sink = sinkFor(peer, { send: "service-checks" });
  await sink.sendMetrics(counting(5), never);
  expect(peer.asked.map(({ path }) => path)).toEqual(["/api/v1/check_run"]);
  const checks = asJson(peer.asked[0]!);
  readAs("v1", "Array<ServiceCheck>", checks);
  expect(checks).toMatchObject([{ check: "pahlevan.agent.up", status: 0, host_name: "node-1" }]);
  await sink.close();
});

it("sends no metrics that are too old, and keeps what they grew by", async () => {
  await using peer = await HttpPeerServer.start();
  peer.answer = () => ({ status: 202 });
  const sink = sinkFor(peer, { send: "metrics" });
  const old = counting(5, { atMs: nowMs - 3_600_001 });
  await expect(sink.sendMetrics(old, never)).rejects.toThrow("too_old");
  expect(peer.asked).toEqual([]);
  await sink.sendMetrics(counting(6), never);
  expect(valueOf(seriesIn(peer.asked[0]!), "pahlevan.policy_violations.count")).toBe(6);
  await sink.close();
});

it("refuses records that are older than Datadog takes them, and sends the others", async () => {
  await using peer = await HttpPeerServer.start();
  peer.answer = () => ({ status: 202 });
  const sink = sinkFor(peer);
  const old = { ...decision!, time: "2026-11-21T17:59:59Z", id: "old" };
  const report = await sink.send(records(old, decision), never);
  expect(report).toMatchObject({ sent: 1, again: [], refused: { too_old: 1 } });
  expect(report.why).toContain("18 hours");
  expect(asJson(peer.asked[0]!)).toHaveLength(1);
  await sink.close();
});

it.each([
  [{ status: 408 }, undefined],
  [{ status: 429, headers: { "retry-after": "7" } }, 7_000],
  [{ status: 429, headers: { "x-ratelimit-reset": "12" } }, 12_000],
  [{ status: 503 }, undefined],
  // A wrong key is no word about the records.
  [{ status: 403 }, 30_000],
  [{ status: 401 }, 30_000],
  ["cut" as const, undefined],
])("tries all again, in order, after %j", async (answer, afterMs) => {
  await using peer = await HttpPeerServer.start();
  peer.answer = () => answer;
  const sink = sinkFor(peer, { send: "logs" });
  const batch = numbered(0, 3);
  const report = await sink.send(batch, never);
  expect(report).toMatchObject({ sent: 0, again: batch, refused: {} });
  expect(report.afterMs).toBe(afterMs);
  expect(report.why).toBeDefined();
  expect(JSON.stringify(report.why)).not.toContain(key);
  await sink.close();
});

it("refuses for good what Datadog calls wrong", async () => {
  await using peer = await HttpPeerServer.start();
  peer.answer = () => ({ status: 400, body: '{"errors":[{"title":"Bad Request"}]}' });
  const sink = sinkFor(peer, { send: "logs" });
  const report = await sink.send(numbered(0, 2), never);
  expect(report).toMatchObject({ sent: 0, again: [], refused: { status_400: 2 } });
  expect(report.why).toContain("Bad Request");
  await sink.close();
});

it("halves what is too large for the peer, until one that alone is too large is refused", async () => {
  await using peer = await HttpPeerServer.start();
  const isLarge = ({ body }: Asked) => body.includes('"id":"n2"');
  peer.answer = (asked) => ({ status: isLarge(asked) ? 413 : 202 });
  const sink = sinkFor(peer, { send: "logs" });
  const report = await sink.send(numbered(0, 5), never);
  expect(report).toMatchObject({ sent: 4, again: [], refused: { status_413: 1 } });
  await sink.close();
});

it("keeps to 1000 items, 5 MB, and 1 MB each", async () => {
  await using peer = await HttpPeerServer.start();
  peer.answer = () => ({ status: 202 });
  const sink = sinkFor(peer, { send: "logs" });
  const args = ["x".repeat(900_000)];
  const process = { pid: 1, start: "1", exe: "/x", uid: 0, args };
  const big = numbered(0, 12).map(({ line }) => {
    if (line.event !== "pahlevan.decision") throw new Error("another example");
    return Outgoing.of({ ...line, process });
  });
  await sink.send([...big, ...numbered(20, 1_500)], never);
  const sizes = peer.asked.map(({ body }) => body.length);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(5_000_000);
  const counts = peer.asked.map((asked) => itemsOf(asked).length);
  expect(Math.max(...counts)).toBeLessThanOrEqual(1_000);
  expect(counts.reduce((sum, one) => sum + one, 0)).toBe(1_512);
  await sink.close();
});

function itemsOf(asked: Asked): readonly unknown[] {
  const json = asJson(asked);
  if (!Array.isArray(json)) throw new Error("no items");
  return json;
}

it("sends a log that is larger than 1 MB without its details, and says so", async () => {
  await using peer = await HttpPeerServer.start();
  peer.answer = () => ({ status: 202 });
  const sink = sinkFor(peer, { send: "logs" });
  if (decision?.event !== "pahlevan.decision") throw new Error("another example");
  const huge = { ...decision, object: `/${"x".repeat(2_000_000)}` };
  expect(await sink.send(records(huge, decision), never)).toMatchObject({ sent: 2 });
  const items = asJson(peer.asked[0]!);
  readAs("v2", "Array<HTTPLogItem>", items, { anyFieldOf: ["HTTPLogItem"] });
  expect(items).toMatchObject([
    { status: "error", evt: { id: "example-1" }, pahlevan: { cut: true } },
    { pahlevan: { object: "/usr/bin/curl" } },
  ]);
  expect(peer.asked[0]!.body.length).toBeLessThan(10_000);
  await sink.close();
});

it("events of every sort of notice and cause are those of the official model", async () => {
  await using peer = await HttpPeerServer.start();
  peer.answer = () => ({ status: 202 });
  const tags = Array.from({ length: 150 }, (_, at) => `t${at}:x`).join(",");
  const sink = sinkFor(peer, { send: "events", tags });
  if (notice?.event !== "pahlevan.loop.notice") throw new Error("another example");
  if (transition?.event !== "pahlevan.loop.transition") throw new Error("another example");
  const kinds = (["page", "fail", "ask", "propose"] as const).map((kind) => ({
    ...{ ...notice, notice: kind, id: kind },
  }));
  const byHand = { ...transition, cause: { source: "operator", by: " ", says: "" } };
  await sink.send(records(...kinds, byHand), never);
  const events = peer.asked.map(asJson);
  for (const event of events) {
    readAs("v2", "EventCreateRequestPayload", event);
    expect(attributesOf(event).tags).toHaveLength(100);
    expect(attributesOf(event).tags).toContain("policy:checkout-policy");
  }
  expect(events.map((event) => attributesOf(event).attributes)).toMatchObject([
    ...["error", "error", "warn", "ok"].map((status) => ({ status })),
    { author: { type: "user", name: "operator" } },
  ]);
  await sink.close();
});

it("workloads that are one tag to Datadog are one count", async () => {
  await using peer = await HttpPeerServer.start();
  peer.answer = () => ({ status: 202 });
  const sink = sinkFor(peer, { send: "metrics" });
  const violations = (web: number, upper: number): Snapshot => ({
    ...{ atMs: nowMs, sinceMs: nowMs },
    metrics: [
      {
        ...{ name: "pahlevan_policy_violations_total", help: "", type: "counter" },
        samples: [
          [{ workload: "web" }, web],
          [{ workload: "WEB" }, upper],
        ],
      },
    ],
  });
  await sink.sendMetrics(violations(10, 1), never);
  await sink.sendMetrics(violations(12, 2), never);
  expect(peer.asked.flatMap(seriesIn).map(({ points }) => points[0]?.value)).toEqual([11, 3]);
  await sink.close();
});

it("after a failure between requests, says which records are done", async () => {
  await using peer = await HttpPeerServer.start();
  let requests = 0;
  peer.answer = () => ({ status: ++requests === 1 ? 202 : 503 });
  const sink = sinkFor(peer, { send: "logs" });
  const batch = numbered(0, 2_500);
  const report = await sink.send(batch, never);
  expect(report.sent).toBe(1_000);
  expect(report.again).toEqual(batch.slice(1_000));
  expect(requests).toBe(2);
  await sink.close();
});

it("tells an event once, though its log has to be tried again", async () => {
  await using peer = await HttpPeerServer.start();
  peer.answer = ({ path }) => ({ status: path === "/api/v2/logs" ? 503 : 202 });
  const sink = sinkFor(peer);
  const batch = records(decision, transition, notice);
  expect((await sink.send(batch, never)).again).toEqual(batch);
  peer.answer = () => ({ status: 202 });
  expect(await sink.send(batch, never)).toMatchObject({ sent: 3, again: [] });
  expect(onPath(peer, "/api/v2/events")).toHaveLength(2);
  expect(onPath(peer, "/api/v2/logs")).toHaveLength(2);
  await sink.close();
});

it("sends only the parts that it is to send, and says which records none of them carries", async () => {
  await using peer = await HttpPeerServer.start();
  peer.answer = () => ({ status: 202 });
  const sink = sinkFor(peer, { send: "events" });
  const report = await sink.send(records(decision, transition), never);
  expect(report).toMatchObject({ sent: 1, refused: { no_part: 1 } });
  await sink.sendMetrics(counting(1), never);
  expect(peer.asked.map(({ path }) => path)).toEqual(["/api/v2/events"]);
  await sink.close();
});

it("metrics that are larger than an intake takes them go in several requests", async () => {
  await using peer = await HttpPeerServer.start();
  peer.answer = () => ({ status: 202 });
  const sink = sinkFor(peer, { send: "metrics" });
  // Digests: nothing that compression could make small.
  const digest = (at: number) => createHash("sha512").update(String(at)).digest("hex");
  const samples = Array.from(
    { length: 20_000 },
    (_, at) => [{ workload: digest(at) }, at] as const,
  );
  const metrics = [{ name: "pahlevan_x", help: "", type: "gauge" as const, samples }];
  await sink.sendMetrics({ atMs: nowMs, sinceMs: nowMs, metrics }, never);
  const sent = peer.asked.flatMap(seriesIn);
  expect(sent.map(({ points }) => points[0]?.value)).toEqual(samples.map(([, at]) => at));
  for (const { body, headers } of peer.asked) {
    expect(body.length).toBeLessThanOrEqual(5_242_880);
    expect(Number(headers["content-length"])).toBeLessThanOrEqual(512_000);
  }
  await sink.close();
});

it("checks the key, and names no secret where it is wrong", async () => {
  await using peer = await HttpPeerServer.start();
  const sink = sinkFor(peer);
  peer.answer = () => ({ status: 200, body: '{"valid":true}' });
  expect(await sink.check(never)).toMatch(/knows the api-key/);
  expect(peer.asked[0]).toMatchObject({ method: "GET", path: "/api/v1/validate" });
  peer.answer = () => ({ status: 403, body: `{"errors":["Forbidden"]}` });
  await expect(sink.check(never)).rejects.toThrow(/^127.0.0.1:\d+ does not know this api-key/);
  await sink.close();
});

it("is refused without a key, and its site is a site", () => {
  expect(() => sinkFor({ url: "http://127.0.0.1:1" }, { "api-key": " " })).toThrow(/api-key/);
  expect(() => datadogKeys.site.type.parse("https://datadoghq.eu")).toThrow(/site/);
  expect(datadogKeys["api-key"].type.show(key)).toBe("(secret)");
});
