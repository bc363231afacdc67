/** A collector over gRPC, by each way that a call can end. */
import { describe, expect, it } from "vitest";
import { otlp } from "./otlp.ts";
import { GrpcPeer, type CallAnswer } from "../../test/stack/exporters/otlp-grpc-peer.ts";
import { batch, idsOf, settingsOf, sinkOf } from "../../test/stack/exporters/otlp-made.ts";

const never = new AbortController().signal;
const logs = batch.filter(({ line }) => line.event !== "span");

async function sending(answer: CallAnswer, texts: Readonly<Record<string, string>> = {}) {
  await using peer = await GrpcPeer.start();
  peer.answer = () => answer;
  const sink = sinkOf({ endpoint: peer.url, protocol: "grpc", ...texts });
  const report = await sink.send(logs, never);
  await sink.close();
  return { report, calls: peer.calls };
}

/** google.rpc.Status { details { RetryInfo { retry_delay { seconds 2, nanos 500 000 000 } } } } */
const type = Buffer.from("type.googleapis.com/google.rpc.RetryInfo");
const delay = Buffer.from([0x08, 2, 0x10, 0x80, 0xca, 0xb5, 0xee, 0x01]);
const info = Buffer.from([0x0a, delay.length, ...delay]);
const any = Buffer.from([0x0a, type.length, ...type, 0x12, info.length, ...info]);
const retryInfo = Buffer.from([0x08, 8, 0x12, 2, 0x6e, 0x6f, 0x1a, any.length, ...any]);

describe("a collector over gRPC", () => {
  it("is called by the services' names, with what gRPC asks for", async () => {
    await using peer = await GrpcPeer.start();
    const sink = sinkOf({
      endpoint: peer.url,
      protocol: "grpc",
      headers: "X-Tenant=shop,User-Agent=x",
    });
    expect(await sink.send(batch, never)).toEqual({ sent: 6, again: [], refused: {} });
    await sink.sendMetrics?.({ atMs: 1, sinceMs: 0, metrics: [] }, never);
    await sink.close();
    expect(peer.calls.map(({ path }) => path)).toEqual([
      "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
      "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
      "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
    ]);
    expect(peer.calls[0]?.headers).toMatchObject({
      "content-type": "application/grpc",
      te: "trailers",
      "grpc-timeout": "10000m",
      "grpc-encoding": "gzip",
      "x-tenant": "shop",
      "user-agent": "pahlevan/1.2.3",
    });
    expect(peer.calls[0]?.isCompressed).toBe(true);
  });

  it("is sent what is not compressed, where that is wished", async () => {
    const { calls } = await sending({ status: 0, body: new Uint8Array() }, { compression: "none" });
    expect(calls[0]?.headers["grpc-encoding"]).toBeUndefined();
    expect(calls[0]?.isCompressed).toBe(false);
    expect(calls[0]?.message.toString()).toMatch("pahlevan.decision");
  });

  it("takes all but two", async () => {
    const body = Buffer.from("\n\u0006\b\u0002\u0012\u0002no");
    const { report } = await sending({ status: 0, body });
    expect(report).toEqual({
      sent: 3,
      again: [],
      refused: { rejected: 2 },
      why: "it took all but 2: no",
    });
  });

  it.each([1, 4, 10, 11, 14, 15])("ends with %i: all is tried again", async (status) => {
    const { report } = await sending({ status, message: "später" });
    expect(idsOf(report.again)).toEqual(idsOf(logs));
    expect(report.why).toMatch(/^it answers [A-Z_]+: später$/);
  });

  it.each([
    [2, "grpc_unknown"],
    [3, "grpc_invalid_argument"],
    [7, "grpc_permission_denied"],
    [12, "grpc_unimplemented"],
    [13, "grpc_internal"],
    [16, "grpc_unauthenticated"],
    [99, "grpc_unknown"],
  ])("ends with %i: never again", async (status, reason) => {
    const { report } = await sending({ status });
    expect(report).toMatchObject({ sent: 0, again: [], refused: { [reason]: 5 } });
  });

  it.each([8, 14])("ends with %i and RetryInfo: after its wish", async (status) => {
    const { report } = await sending({ status, details: retryInfo });
    expect(idsOf(report.again)).toEqual(idsOf(logs));
    expect(report).toMatchObject({ afterMs: 2_500 });
    expect(report.why).toMatch(/: no$/);
  });

  it("finds a message too large: batches are halved", async () => {
    await using peer = await GrpcPeer.start();
    peer.answer = ({ message }) => ({ status: message.length > 1_600 ? 8 : 0 });
    const sink = sinkOf({ endpoint: peer.url, protocol: "grpc" });
    const report = await sink.send(logs, never);
    await sink.close();
    expect(report).toMatchObject({ sent: 4, again: [], refused: { too_large: 1 } });
  });

  it.each([
    [429, true],
    [503, true],
    [404, false],
    [500, false],
  ])("is a proxy that answers %i", async (http, isAgain) => {
    const { report } = await sending({ http });
    expect(report.again.length).toBe(isAgain ? 5 : 0);
  });

  it.each(["cut", "half"] as const)("ends the connection (%s)", async (answer) => {
    const { report } = await sending(answer);
    expect(idsOf(report.again)).toEqual(idsOf(logs));
    expect(report.why).toBeTruthy();
  });

  it("is slow: it is left, and called on a connection of its own next time", async () => {
    await using peer = await GrpcPeer.start();
    peer.answer = () => "silent";
    const sink = sinkOf({ endpoint: peer.url, protocol: "grpc", timeout: "150ms" });
    const { again, why } = await sink.send(logs, never);
    expect(idsOf(again)).toEqual(idsOf(logs));
    expect(why).toMatch("did not answer within 150 ms");
    peer.answer = () => ({ status: 0 });
    await expect.poll(async () => (await sink.send(again, never)).sent).toBe(5);
    await sink.close();
    expect(peer.connections).toBeGreaterThan(1);
  });

  it("is called over one connection, and over another when it sent us away", async () => {
    await using peer = await GrpcPeer.start();
    const sink = sinkOf({ endpoint: peer.url, protocol: "grpc" });
    await sink.send(logs, never);
    await sink.send(logs, never);
    expect(peer.connections).toBe(1);
    peer.sendAway();
    const tried = async () => (await sink.send(logs, never)).sent;
    await expect.poll(tried).toBe(5);
    expect(peer.connections).toBe(2);
    await sink.close();
  });

  it("is not waited for by whoever stops", async () => {
    await using peer = await GrpcPeer.start();
    const stop = new AbortController();
    peer.answer = () => {
      stop.abort();
      return "silent";
    };
    const sink = sinkOf({ endpoint: peer.url, protocol: "grpc" });
    const { again } = await sink.send(logs, stop.signal);
    expect(idsOf(again)).toEqual(idsOf(logs));
    await sink.close();
  });
});

it("is handed no more at a time than a server of gRPC takes", () => {
  const bytes = (texts: Readonly<Record<string, string>>) => otlp.batch(settingsOf(texts)).bytes;
  expect(bytes({})).toBe(4 << 20);
  expect(bytes({ protocol: "grpc" })).toBe(1_536 << 10);
  expect(bytes({ "traces-protocol": "grpc" })).toBe(1_536 << 10);
  expect(bytes({ protocol: "grpc", "batch-bytes": "64Ki" })).toBe(65_536);
});
