/** A collector over HTTP that is slow, down, full or picky: what becomes of each record. */
import { describe, expect, it } from "vitest";
import { HttpPeerServer, type Answer, type Asked } from "../../test/http-peer.ts";
import { batch, idsOf, made, outgoing, sinkOf } from "../../test/stack/exporters/otlp-made.ts";

const never = new AbortController().signal;
const logs = batch.filter(({ line }) => line.event !== "span");
const spans = batch.filter(({ line }) => line.event === "span");

async function sending(
  answer: (asked: Asked) => Answer,
  texts: Readonly<Record<string, string>> = {},
  records = batch,
) {
  await using peer = await HttpPeerServer.start();
  peer.answer = answer;
  const sink = sinkOf({ endpoint: peer.url, ...texts });
  const report = await sink.send(records, never);
  await sink.close();
  return { report, asked: peer.asked };
}

/** Export…ServiceResponse { partial_success { rejected = 2, error_message = "no" } } */
const partial = {
  "http/protobuf": "\n\u0006\b\u0002\u0012\u0002no",
  "http/json": '{"partialSuccess":{"rejectedLogRecords":"2","errorMessage":"no"}}',
} as const;

describe("a collector over HTTP", () => {
  it("is asked where each signal belongs", async () => {
    const { asked } = await sending(() => ({ status: 200 }));
    expect(
      asked.map(({ method, path, headers }) => [method, path, headers["content-type"]]),
    ).toEqual([
      ["POST", "/v1/logs", "application/x-protobuf"],
      ["POST", "/v1/traces", "application/x-protobuf"],
    ]);
  });

  it("is sent what is compressed, unless it wishes otherwise", async () => {
    const encodings = async (texts: Readonly<Record<string, string>>) =>
      (await sending(() => ({ status: 200 }), texts)).asked.map(
        ({ headers }) => headers["content-encoding"],
      );
    // The one span is too small to be worth it.
    expect(await encodings({})).toEqual(["gzip", undefined]);
    expect(await encodings({ "logs-compression": "none" })).toEqual([undefined, undefined]);
  });

  it("is asked at a signal's own endpoint as it is written, and below the common one's path", async () => {
    await using other = await HttpPeerServer.start();
    await using peer = await HttpPeerServer.start();
    const sink = sinkOf({ endpoint: `${peer.url}/otlp/`, "traces-endpoint": `${other.url}/here` });
    await sink.send(batch, never);
    await sink.close();
    expect(peer.asked.map(({ path }) => path)).toEqual(["/otlp/v1/logs"]);
    expect(other.asked.map(({ path }) => path)).toEqual(["/here"]);
  });

  it.each(["http/protobuf", "http/json"] as const)(
    "takes all but two over %s",
    async (protocol) => {
      const body = partial[protocol];
      const { report } = await sending(() => ({ status: 200, body }), { protocol }, logs);
      expect(report).toEqual({
        sent: 3,
        again: [],
        refused: { rejected: 2 },
        why: "it took all but 2: no",
      });
    },
  );

  it("rejects no more than it was sent", async () => {
    const body = '{"partialSuccess":{"rejectedLogRecords":99}}';
    const { report } = await sending(
      () => ({ status: 200, body }),
      { protocol: "http/json" },
      logs,
    );
    expect(report).toMatchObject({ sent: 0, refused: { rejected: 5 } });
  });

  it("warns, and has taken all: that is said once", async () => {
    await using peer = await HttpPeerServer.start();
    peer.answer = () => ({ status: 200, body: '{"partialSuccess":{"errorMessage":"old names"}}' });
    const complaints: string[] = [];
    const sink = sinkOf({ endpoint: peer.url, protocol: "http/json" }, made(complaints));
    expect(await sink.send(batch, never)).toEqual({ sent: 6, again: [], refused: {} });
    await sink.send(batch, never);
    await sink.close();
    expect(complaints).toEqual(["the peer took all, and says: old names"]);
  });

  it("warns at length: a log's line is told of it", async () => {
    await using peer = await HttpPeerServer.start();
    const errorMessage = "x".repeat(1 << 20);
    peer.answer = () => ({
      status: 200,
      body: JSON.stringify({ partialSuccess: { errorMessage } }),
    });
    const complaints: string[] = [];
    const sink = sinkOf({ endpoint: peer.url, protocol: "http/json" }, made(complaints));
    await sink.send(logs, never);
    await sink.close();
    expect(complaints.map(({ length }) => length < 300)).toEqual([true]);
  });

  it("answers what nobody can read: it has taken all", async () => {
    const { report } = await sending(() => ({ status: 200, body: "<html>" }));
    expect(report).toEqual({ sent: 6, again: [], refused: {} });
  });

  it.each([429, 502, 503, 504])(
    "answers %i: all is tried again, after its wish",
    async (status) => {
      const { report } = await sending(() => ({ status, headers: { "retry-after": "7" } }));
      expect(idsOf(report.again)).toEqual(idsOf(batch));
      expect(report).toMatchObject({ sent: 0, refused: {}, afterMs: 7_000 });
    },
  );

  it("wants to be left alone until a date", async () => {
    const headers = { "retry-after": "Sun, 22 Nov 2026 10:11:43 GMT" };
    const { report } = await sending(() => ({ status: 429, headers }));
    expect(report.afterMs).toBe(29_500);
  });

  it.each([400, 401, 404, 408, 500, 501])(
    "answers %i: never again, says the protocol",
    async (status) => {
      const { report } = await sending(() => ({ status }));
      expect(report).toMatchObject({ sent: 0, again: [], refused: { [`status_${status}`]: 6 } });
    },
  );

  it("says why as a Status of protobuf, or of JSON, or in a proxy's words", async () => {
    const whys = [
      { headers: { "content-type": "application/x-protobuf" }, body: "\b\u0003\u0012\u0004full" },
      { headers: { "content-type": "application/json" }, body: '{"code":3,"message":"full"}' },
      { headers: { "content-type": "text/html" }, body: "full\n" },
    ].map(async (answer) => (await sending(() => ({ status: 400, ...answer }))).report.why);
    expect(await Promise.all(whys)).toEqual(Array(3).fill("it answers 400: full"));
  });

  it("takes few at a time: batches are halved, and only what is too large alone is refused", async () => {
    const { report, asked } = await sending(
      ({ body }) => ({ status: body.length > 1_600 ? 413 : 200 }),
      {},
      logs,
    );
    // The decision alone is larger than that.
    expect(report).toMatchObject({ sent: 4, again: [], refused: { too_large: 1 } });
    expect(asked.length).toBeLessThan(9);
  });

  it("is full after the first half: the rest waits with it, in order", async () => {
    let asked = 0;
    const { report } = await sending(
      () => ({ status: [413, 200, 429][asked++] ?? 200, headers: { "retry-after": "3" } }),
      {},
      logs,
    );
    expect(report).toMatchObject({ sent: 3, refused: {}, afterMs: 3_000 });
    expect(idsOf(report.again)).toEqual(idsOf(logs.slice(3)));
  });

  it("is full at the first half: the other is not tried, and waits with it", async () => {
    const { report, asked } = await sending(
      () => ({ status: 429, headers: { "retry-after": "3" } }),
      {},
      logs,
    );
    expect(asked).toHaveLength(1);
    let first = true;
    const halved = await sending(
      () => {
        const status = first ? 413 : 429;
        first = false;
        return { status, headers: { "retry-after": "3" } };
      },
      {},
      logs,
    );
    expect(halved.asked).toHaveLength(2);
    expect(halved.report).toMatchObject({ sent: 0, refused: {}, afterMs: 3_000 });
    expect(idsOf(halved.report.again)).toEqual(idsOf(report.again));
  });

  it("is not asked for what cannot be written, and gets the rest", async () => {
    const [one, ...others] = logs;
    if (one === undefined) throw new Error("no record among the examples");
    const broken = outgoing({ ...one.line, id: "broken", time: "not a time" });
    const { report, asked } = await sending(() => ({ status: 200 }), {}, [...broken, ...others]);
    expect(report).toMatchObject({ sent: 4, again: [], refused: { unwritable: 1 } });
    expect(asked.length).toBeLessThan(5);
  });

  it("cuts the connection while it has the logs: the spans it takes stay taken", async () => {
    const { report } = await sending(({ path }) => (path === "/v1/logs" ? "cut" : { status: 200 }));
    expect(idsOf(report.again)).toEqual(idsOf(logs));
    expect(report.sent).toBe(1);
    expect(report.why).toMatch("socket hang up");
  });

  it("is slow: it is not waited for longer than is said, and all is tried again", async () => {
    const { report } = await sending(() => "silent", { timeout: "100ms" }, spans);
    expect(idsOf(report.again)).toEqual(idsOf(spans));
    expect(report.why).toMatch("did not answer within 100 ms");
  });

  it("is down", async () => {
    const gone = await HttpPeerServer.start();
    const endpoint = gone.url;
    await gone[Symbol.asyncDispose]();
    const sink = sinkOf({ endpoint });
    const report = await sink.send(batch, never);
    await sink.close();
    expect(idsOf(report.again)).toEqual(idsOf(batch));
    expect(report.why).toMatch("ECONNREFUSED");
  });

  it("gets keys in headers, and nobody else hears of them", async () => {
    const { asked, report } = await sending(() => ({ status: 401, body: "who are you?" }), {
      headers: "api-key=s3cret%20one",
      "traces-headers": "x-tenant=shop",
    });
    expect(asked.map(({ headers }) => [headers["api-key"], headers["x-tenant"]])).toEqual([
      ["s3cret one", undefined],
      ["s3cret one", "shop"],
    ]);
    expect(JSON.stringify(report)).not.toMatch("s3cret");
  });

  it("is named for no spans: they are refused, the rest is sent", async () => {
    await using peer = await HttpPeerServer.start();
    const sink = sinkOf({ "logs-endpoint": `${peer.url}/v1/logs` });
    expect(await sink.send(batch, never)).toMatchObject({ sent: 5, refused: { no_endpoint: 1 } });
    expect("sendMetrics" in sink && sink.sendMetrics !== undefined).toBe(false);
    await sink.close();
  });

  it("is named nowhere: that is said before anything is sent", () => {
    expect(() => sinkOf({})).toThrow("endpoint: is not set");
  });

  it("is checked, and says what is wrong with which signal", async () => {
    await using peer = await HttpPeerServer.start();
    peer.answer = ({ path }) => ({ status: path === "/v1/traces" ? 404 : 200 });
    const sink = sinkOf({ endpoint: peer.url });
    await expect(sink.check(never)).rejects.toThrow(
      /^traces by http\/protobuf to .*: it answers 404$/,
    );
    await sink.close();
  });
});
