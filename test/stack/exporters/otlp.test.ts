/** What a real OpenTelemetry Collector makes of each record, over each protocol, field by field. */
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { Authority } from "../../certificates.ts";
import { HttpPeerServer } from "../../http-peer.ts";
import { BUILT_WITHIN_MS, goProgram, goProgramMissing } from "../go-program.ts";
import { Collector } from "./otlp-collector.ts";
import {
  expectedLogs,
  expectedMetrics,
  expectedResource,
  expectedSpans,
  figures,
} from "./otlp-expected.ts";
import { batch, idsOf, made, outgoing, settingsFrom, sinkOf } from "./otlp-made.ts";
import { logRecords, metricsIn, resourceLogs, spans } from "./otlp-received.ts";
import { linesOfTransition, spanNow } from "../../../exporters/life/life.ts";
import { canary, enforcing, learning, place, step1 } from "../../../exporters/life/made.ts";
import { otlp } from "../../../exporters/otlp/otlp.ts";
import { Outgoing } from "../../../exporters/record.ts";
import { examples } from "../../../exporters/examples.ts";

const missing = await goProgramMissing("exporters/collector");
const logsOnly = batch.filter(({ line }) => line.event !== "span");
const never = AbortSignal.timeout(10 * 60_000);

describe.skipIf(missing !== undefined)(`OpenTelemetry Collector (${missing ?? "0.162"})`, () => {
  beforeAll(() => goProgram("exporters/collector"), BUILT_WITHIN_MS);

  it.each(["http/protobuf", "http/json", "grpc"])("takes each record over %s", async (protocol) => {
    await using peer = await HttpPeerServer.start();
    await using collector = await Collector.start({ to: peer.url });
    const at = protocol === "grpc" ? collector.grpc : collector.http;
    const sink = sinkOf({ endpoint: `http://${at}`, protocol });

    expect(await sink.send(batch, never)).toEqual({ sent: 6, again: [], refused: {} });
    await sink.sendMetrics?.(figures, never);
    await sink.close();

    await expect.poll(() => logRecords(peer.asked)).toHaveLength(5);
    expect(resourceLogs(peer.asked)[0]).toMatchObject(expectedResource);
    expect(logRecords(peer.asked)).toEqual(expectedLogs);
    await expect.poll(() => spans(peer.asked)).toEqual(expectedSpans);
    await expect.poll(() => metricsIn(peer.asked)).toEqual(expectedMetrics);
  });

  it("reads whatever stands in a record, over each protocol", async () => {
    await using peer = await HttpPeerServer.start();
    await using collector = await Collector.start({ to: peer.url, isDirect: true });
    const sinks = ["http/protobuf", "http/json", "grpc"].map((protocol) => {
      const at = protocol === "grpc" ? collector.grpc : collector.http;
      return sinkOf({ endpoint: `http://${at}`, protocol });
    });
    const example = examples("2026-11-22T10:21:00Z").find(({ event }) => event === "span");
    if (example?.event !== "span") throw new Error("no span among the examples");
    const some = fc.dictionary(key, written);
    const property = fc.asyncProperty(some, letter, bytes, async (short, one, many) => {
      const long = one.repeat(Math.ceil(many / Buffer.byteLength(one)));
      const attributes = { ...short, long };
      peer.asked.length = 0;
      for (const sink of sinks)
        expect(await sink.send(outgoing({ ...example, attributes }), never)).toMatchObject({
          sent: 1,
        });
      const all = Object.entries(attributes).map(([name, value]) => [name, read(value)]);
      const arrived = spans(peer.asked).map((span) => span.attributes);
      expect(arrived).toHaveLength(sinks.length);
      for (const one of arrived) expect(one).toMatchObject(Object.fromEntries(all));
    });
    await fc.assert(property, { numRuns: 100 });
    for (const sink of sinks) await sink.close();
  });

  it("sees a policy's life as one trace, and in which phase of it somebody was denied", async () => {
    await using peer = await HttpPeerServer.start();
    await using collector = await Collector.start({ to: peer.url });
    const sink = sinkOf({ endpoint: `http://${collector.http}` });
    const lives = [learning, canary, step1, enforcing].flatMap((loop) =>
      loop.transitions.slice(-1).flatMap((last) => linesOfTransition(place, last, "so", loop)),
    );
    const [decision] = examples("2026-11-22T10:21:00Z");
    if (decision === undefined) throw new Error("no example");
    await sink.send(outgoing({ ...decision, trace: spanNow(place, step1) }, ...lives), never);
    await sink.close();

    await expect.poll(() => spans(peer.asked)).toHaveLength(5);
    const trace = spans(peer.asked);
    const root = trace.find(({ name }) => name === "pahlevan.policy");
    expect(trace.map(({ name, parentSpanId }) => [name, parentSpanId])).toEqual([
      ["pahlevan.policy.pending", root?.spanId],
      ["pahlevan.policy", undefined],
      ["pahlevan.policy.learning", root?.spanId],
      ["pahlevan.policy.canary", root?.spanId],
      ["pahlevan.policy.canary", root?.spanId],
    ]);
    expect(new Set(trace.map(({ traceId }) => traceId)).size).toBe(1);
    await expect.poll(() => logRecords(peer.asked)).toHaveLength(5);
    const denied = logRecords(peer.asked)[0];
    const phase = trace.find(({ spanId }) => spanId === denied?.spanId);
    expect(denied?.traceId).toBe(root?.traceId);
    expect(phase?.attributes).toMatchObject({
      "pahlevan.loop.phase": "Canary",
      "pahlevan.loop.step": 1n,
      "pahlevan.loop.to": "Enforcing",
    });
  });

  it.each(["http/protobuf", "http/json", "grpc"])(
    "is sent many at once, in order, compressed, with both certificates over %s",
    async (protocol) => {
      using authority = new Authority();
      await using peer = await HttpPeerServer.start();
      await using collector = await Collector.start({ to: peer.url, authority });
      const ours = authority.vouchesFor("DNS:agent.example");
      const at = protocol === "grpc" ? collector.grpc : collector.http;
      const settings = settingsFrom({
        OTEL_EXPORTER_OTLP_ENDPOINT: `https://${at}`,
        OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
        OTEL_EXPORTER_OTLP_COMPRESSION: "gzip",
        OTEL_EXPORTER_OTLP_CERTIFICATE: authority.ca.certFile,
        OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: ours.certFile,
        OTEL_EXPORTER_OTLP_CLIENT_KEY: ours.keyFile,
      });
      const sink = otlp.make(settings, made());
      const many = Array.from({ length: 300 }, (_, at) =>
        examples("2026-11-22T10:11:12Z", `n${at}`),
      )
        .flatMap((some) => some.filter(({ event }) => event !== "span"))
        .map((line) => Outgoing.of(line));

      expect(await sink.send(many, never)).toEqual({ sent: 1_500, again: [], refused: {} });
      await sink.close();

      const arrived = () => logRecords(peer.asked).map((one) => one.attributes["log.record.uid"]);
      await expect.poll(arrived).toHaveLength(1_500);
      expect(arrived()).toEqual(idsOf(many));
    },
  );

  it("refuses who is not vouched for, and all is tried again", async () => {
    using authority = new Authority();
    using other = new Authority();
    await using peer = await HttpPeerServer.start();
    await using collector = await Collector.start({ to: peer.url, authority });
    const theirs = other.vouchesFor("DNS:agent.example");
    const files = { "cert-file": theirs.certFile, "key-file": theirs.keyFile };
    for (const [protocol, at] of [
      ["grpc", collector.grpc],
      ["http/protobuf", collector.http],
    ] as const) {
      const sink = sinkOf({
        endpoint: `https://${at}`,
        protocol,
        "ca-file": authority.ca.certFile,
        ...files,
      });
      const { sent, again } = await sink.send(batch, never);
      expect({ protocol, sent, again: again.length }).toEqual({ protocol, sent: 0, again: 6 });
      await sink.close();
    }
  });

  it("is asked by a check, over each protocol, and keeps nothing of it", async () => {
    await using peer = await HttpPeerServer.start();
    await using collector = await Collector.start({ to: peer.url });
    for (const protocol of ["http/protobuf", "http/json", "grpc"]) {
      const at = protocol === "grpc" ? collector.grpc : collector.http;
      const sink = sinkOf({ endpoint: `http://${at}`, protocol });
      expect(await sink.check(never)).toBe(
        `it takes ${["logs", "traces", "metrics"].map((one) => `${one} by ${protocol} to ${at}`).join(", ")}`,
      );
      await sink.send(batch.slice(0, 1), never);
      await sink.close();
    }
    await expect.poll(() => logRecords(peer.asked)).toHaveLength(3);
    expect(peer.asked.every(({ path }) => path === "/v1/logs")).toBe(true);
  });

  it.each(["http/protobuf", "grpc"] as const)(
    "goes away and comes back: the same sink is told, and sends again over %s",
    async (protocol) => {
      await using peer = await HttpPeerServer.start();
      const by = protocol === "grpc" ? "grpc" : "http";
      let at = "";
      let sink;
      {
        await using collector = await Collector.start({ to: peer.url });
        at = collector[by];
        sink = sinkOf({ endpoint: `http://${at}`, protocol });
        expect(await sink.send(batch.slice(0, 1), never)).toMatchObject({ sent: 1 });
        // What it has taken and not sent on when it ends is its own to lose.
        await expect.poll(() => logRecords(peer.asked)).toHaveLength(1);
      }
      const { again, why } = await sink.send(batch, never);
      expect(idsOf(again)).toEqual(idsOf(batch));
      expect(why).toMatch(/ECONN|ended before it answered/);

      await using _back = await Collector.start({ to: peer.url, [by]: at });
      expect(await sink.send(again, never)).toMatchObject({ sent: 6 });
      await sink.close();
      await expect.poll(() => logRecords(peer.asked)).toHaveLength(6);
    },
  );

  it.each(["http/protobuf", "grpc"] as const)(
    "answers nobody for a while: nothing is lost, and what came twice can be told over %s",
    async (protocol) => {
      await using peer = await HttpPeerServer.start();
      await using collector = await Collector.start({ to: peer.url });
      const at = protocol === "grpc" ? collector.grpc : collector.http;
      const sink = sinkOf({ endpoint: `http://${at}`, protocol, timeout: "500ms" });
      collector.stop();
      const { again, why } = await sink.send(logsOnly, never);
      expect(idsOf(again)).toEqual(idsOf(logsOnly));
      expect(why).toMatch("did not answer within 500 ms");

      collector.goOn();
      await expect.poll(async () => (await sink.send(again, never)).sent).toBe(5);
      await sink.close();
      const ids = () =>
        new Set(logRecords(peer.asked).map((one) => one.attributes["log.record.uid"]));
      await expect.poll(ids).toEqual(new Set(idsOf(logsOnly)));
    },
  );

  it.each(["http/protobuf", "http/json", "grpc"])(
    "can keep nothing now: all comes back over %s; what it never takes does not",
    async (protocol) => {
      await using peer = await HttpPeerServer.start();
      await using collector = await Collector.start({ to: peer.url, isDirect: true });
      const at = protocol === "grpc" ? collector.grpc : collector.http;
      const sink = sinkOf({ endpoint: `http://${at}`, protocol });
      peer.answer = () => ({ status: 503, headers: { "retry-after": "7" } });
      const { again, why } = await sink.send(batch, never);
      expect(idsOf(again)).toEqual(idsOf(batch));
      expect(why).toMatch(/it answers (UNAVAILABLE|503): Throttle \(7s\)/);

      peer.answer = () => ({ status: 400 });
      const { refused } = await sink.send(batch, never);
      expect(refused).toEqual({
        [protocol === "grpc" ? "grpc_invalid_argument" : "status_400"]: 6,
      });

      peer.answer = () => ({ status: 200 });
      expect(await sink.send(again, never)).toMatchObject({ sent: 6 });
      await sink.close();
    },
  );
});

const key = fc.string({ unit: "grapheme", minLength: 1 });
const letter = fc.constantFrom("x", "é", "€", "😀");
/** Around those from which a length itself takes one byte more. */
const bytes = fc
  .tuple(fc.constantFrom(127, 16_383, 2_097_151), fc.integer({ min: -100, max: 3 }))
  .map(([most, more]) => most + more);
const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
const written = fc.oneof(fc.string({ unit: "binary" }), fc.maxSafeInteger(), finite, fc.boolean());

/** What is no text in UTF-8 is read as one with marks; whole numbers stay apart from others. */
function read(value: string | number | boolean): string | number | boolean | bigint {
  if (typeof value === "string") return value.toWellFormed();
  return typeof value === "number" && Number.isSafeInteger(value) ? BigInt(value) : value;
}
