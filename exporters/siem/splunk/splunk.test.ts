/**
 * No Splunk can be had to try this on. The peer here answers as Splunk's manual says that its HTTP
 * Event Collector does: "Format events for HTTP Event Collector", "About HTTP Event Collector
 * Indexer Acknowledgment", and the codes of "Troubleshoot HTTP Event Collector".
 */
import { describe, expect, it } from "vitest";
import { aroundOf, settingsOf } from "../../../test/exporters/settings-of.ts";
import { HttpPeerServer, type Answer, type Asked } from "../../../test/http-peer.ts";
import { examples } from "../../examples.ts";
import { Outgoing } from "../../record.ts";
import { splunk } from "./splunk.ts";

const batch = examples("2026-03-14T01:59:26.535897932Z").map((line) => Outgoing.of(line));
const { signal } = new AbortController();

type Texts = Parameters<typeof settingsOf<typeof splunk.keys>>[1];

function sinkTo(peer: HttpPeerServer, texts: Texts = {}, more: Parameters<typeof aroundOf> = []) {
  const settings = settingsOf(splunk.keys, { url: peer.url, token: "the-token", ...texts });
  return splunk.make(settings, aroundOf(...more));
}

function says(status: number, code: number, text: string, more: object = {}): Answer {
  return { status, body: JSON.stringify({ text, code, ...more }) };
}

const isAck = ({ path }: Asked) => path === "/services/collector/ack";

/** The ids of the records in a request. */
function idsIn({ body }: Asked): readonly string[] {
  return [...body.toString().matchAll(/"event":\{"id":"([^"]+)"/g)].map(([, id]) => id ?? "");
}

/** Takes a request only without these, and names the first one of them. */
function withoutAny(...bad: readonly string[]) {
  return (asked: Asked): Answer => {
    const number = idsIn(asked).findIndex((id) => bad.includes(id));
    return number < 0
      ? says(200, 0, "Success")
      : says(400, 6, "Invalid data format", { "invalid-event-number": number });
  };
}

describe("a request to Splunk", () => {
  it("is one event after the other, each with where and when it was", async () => {
    await using peer = await HttpPeerServer.start();
    peer.answer = () => says(200, 0, "Success");
    const sink = sinkTo(peer, { index: "security" });
    expect(await sink.send(batch, signal)).toEqual({ sent: 6, again: [], refused: {} });
    const [asked] = peer.asked;
    expect(asked?.path).toBe("/services/collector/event");
    expect(asked?.headers.authorization).toBe("Splunk the-token");
    expect(asked?.headers["content-encoding"]).toBe("gzip");
    expect(asked?.headers).not.toHaveProperty("x-splunk-request-channel");
    const events = asked?.body.toString().split("\n") ?? [];
    expect(events).toHaveLength(6);
    expect(JSON.parse(events[0] ?? "")).toEqual({
      time: 1_773_453_566.535,
      host: "node-1",
      source: "pahlevan",
      sourcetype: "pahlevan:event",
      index: "security",
      fields: { severity: "error", namespace: "shop", cluster: "west" },
      event: batch[0]?.line,
    });
    await sink.close();
  });

  it("goes again without the events that it is told are invalid", async () => {
    await using peer = await HttpPeerServer.start();
    peer.answer = withoutAny("example-2", "example-6");
    const sink = sinkTo(peer);
    const report = await sink.send(batch, signal);
    expect(report).toMatchObject({ sent: 4, again: [], refused: { invalid_data: 2 } });
    expect(report.why).toBe("it answers 400: Invalid data format (code 6)");
    expect(peer.asked.map((asked) => idsIn(asked).length)).toEqual([6, 5, 4]);
    await sink.close();
  });

  it("is halved where it is not said which event is invalid", async () => {
    await using peer = await HttpPeerServer.start();
    peer.answer = (asked) =>
      idsIn(asked).includes("example-3")
        ? says(400, 12, "Event field is required")
        : says(200, 0, "Success");
    const sink = sinkTo(peer);
    expect(await sink.send(batch, signal)).toMatchObject({
      sent: 5,
      again: [],
      refused: { event_missing: 1 },
    });
    await sink.close();
  });

  it("takes out invalid events up to a bound, and has the rest wait", async () => {
    await using peer = await HttpPeerServer.start();
    peer.answer = () => says(400, 6, "Invalid data format", { "invalid-event-number": 0 });
    const sink = sinkTo(peer);
    const many = Array.from({ length: 40 }, (_, at) =>
      Outgoing.of({ ...batch[0]!.line, id: `id-${at}` }),
    );
    const report = await sink.send(many, signal);
    expect(report).toMatchObject({ sent: 0, refused: { invalid_data: 16 } });
    expect(report.again).toEqual(many.slice(16));
    await sink.close();
  });

  it("does not lose the others where the peer is gone after an invalid one", async () => {
    await using peer = await HttpPeerServer.start();
    const first = withoutAny("example-1");
    peer.answer = (asked) => (peer.asked.length === 1 ? first(asked) : "cut");
    const sink = sinkTo(peer);
    const report = await sink.send(batch, signal);
    expect(report).toMatchObject({ sent: 0, refused: { invalid_data: 1 } });
    expect(report.again).toEqual(batch.slice(1));
    await sink.close();
  });

  it.each([
    [503, 9, "Server is busy", "Server is busy"],
    [500, 8, "Internal server error", "Internal server error"],
    [403, 4, "Invalid token", "Invalid token"],
    [401, 2, "Token is required", "Token is required"],
    [400, 7, "Incorrect index", "may not write to the setting `index`"],
    [400, 10, "Data channel is missing", "set ack to on"],
  ])("is kept where it is answered with %i and code %i", async (status, code, text, why) => {
    await using peer = await HttpPeerServer.start();
    peer.answer = () => says(status, code, text);
    const sink = sinkTo(peer);
    const report = await sink.send(batch, signal);
    expect(report).toMatchObject({ sent: 0, refused: {} });
    expect(report.again).toEqual(batch);
    expect(report.why).toContain(why);
    expect(JSON.stringify(report)).not.toContain("the-token");
    await sink.close();
  });

  it("is not taken for sent where something else than Splunk answers 200", async () => {
    await using peer = await HttpPeerServer.start();
    peer.answer = () => ({ status: 200, body: "<html>Sign in</html>" });
    const sink = sinkTo(peer);
    expect((await sink.send(batch, signal)).again).toEqual(batch);
    await sink.close();
  });
});

describe("an acknowledgment", () => {
  it("is asked for on the request's own channel until it is there", async () => {
    await using peer = await HttpPeerServer.start();
    const asks = () => peer.asked.filter(isAck);
    peer.answer = (asked) => {
      if (!isAck(asked)) return says(200, 0, "Success", { ackId: 7 });
      return { status: 200, body: JSON.stringify({ acks: { "7": asks().length === 2 } }) };
    };
    const sink = sinkTo(peer, { ack: "on" });
    expect(await sink.send(batch, signal)).toMatchObject({ sent: 6, again: [] });
    expect(asks().map(({ body }) => body.toString())).toEqual(['{"acks":[7]}', '{"acks":[7]}']);
    const channels = new Set(peer.asked.map(({ headers }) => headers["x-splunk-request-channel"]));
    expect([...channels]).toEqual([expect.stringMatching(/^[0-9a-f-]{36}$/)]);
    await sink.close();
  });

  it("that does not come in time has the batch tried again", async () => {
    await using peer = await HttpPeerServer.start();
    let nowMs = 0;
    peer.answer = (asked) => {
      if (!isAck(asked)) return says(200, 0, "Success", { ackId: 0 });
      nowMs += 60_000;
      return { status: 200, body: '{"acks":{"0":false}}' };
    };
    const sink = sinkTo(peer, { ack: "on", "ack-timeout": "2m" }, [{ nowMs: () => nowMs }]);
    const report = await sink.send(batch, signal);
    expect(report).toMatchObject({
      sent: 0,
      why: "its indexers did not acknowledge within 120 s",
    });
    expect(report.again).toEqual(batch);
    expect(peer.asked.filter(isAck)).toHaveLength(2);
    await sink.close();
  });

  it("is waited for through a peer that is busy, and given up when we end", async () => {
    await using peer = await HttpPeerServer.start();
    const ending = new AbortController();
    peer.answer = (asked) => {
      if (!isAck(asked)) return says(200, 0, "Success", { ackId: 0 });
      if (peer.asked.length > 3) ending.abort(new Error("it ends"));
      return says(503, 9, "Server is busy");
    };
    const sink = sinkTo(peer, { ack: "on" });
    await expect(sink.send(batch, ending.signal)).rejects.toThrow();
    expect(peer.asked.filter(isAck).length).toBeGreaterThan(1);
    await sink.close();
  });

  it("that the token does not give is complained of once", async () => {
    await using peer = await HttpPeerServer.start();
    peer.answer = () => says(200, 0, "Success");
    const complaints: string[] = [];
    const sink = sinkTo(peer, { ack: "on" }, [{}, complaints]);
    for (const _ of [1, 2]) expect(await sink.send(batch, signal)).toMatchObject({ sent: 6 });
    expect(complaints).toEqual(["its token gives no acknowledgments"]);
    await sink.close();
  });
});

describe("a check of Splunk", () => {
  const answers = (event: Answer) => (asked: Asked) =>
    asked.path.endsWith("/health") ? says(200, 17, "HEC is healthy") : event;

  it("asks for its health, and has the token tried without an event", async () => {
    await using peer = await HttpPeerServer.start();
    const sink = sinkTo(peer);
    peer.answer = answers(says(400, 5, "No data"));
    expect(await sink.check(signal)).toContain("HEC is healthy");
    expect(peer.asked.map(({ body }) => body.length)).toEqual([0, 0]);
    peer.answer = answers(says(403, 4, "Invalid token"));
    await expect(sink.check(signal)).rejects.toThrow("it answers 403: Invalid token (code 4)");
    peer.answer = () => says(503, 18, "HEC is unhealthy, queues are full");
    await expect(sink.check(signal)).rejects.toThrow("queues are full");
    await sink.close();
  });

  it("needs an address and a token", async () => {
    await using peer = await HttpPeerServer.start();
    expect(() => sinkTo(peer, { token: "" })).toThrow("token: is needed");
    expect(() => sinkTo(peer, { url: "" })).toThrow("url: is needed");
  });
});
