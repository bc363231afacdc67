/** What Loki answers becomes a true report, in few requests; test/stack asks a real one. */
import { describe, expect, it } from "vitest";
import { acts } from "../../../test/exporters/acts.ts";
import { aroundOf, settingsOf } from "../../../test/exporters/settings-of.ts";
import { HttpPeerServer } from "../../../test/http-peer.ts";
import { examples } from "../../examples.ts";
import { Outgoing } from "../../record.ts";
import { loki } from "./loki.ts";
import { mostLabels, pushBody } from "./streams.ts";

const time = "2026-03-14T01:59:26.535897932Z";
const batch = examples(time).map((line) => Outgoing.of(line));
const { signal } = new AbortController();

type Texts = Parameters<typeof settingsOf<typeof loki.keys>>[1];

function sinkTo(peer: HttpPeerServer, texts: Texts = {}, minutesLater = 1) {
  const nowMs = () => Date.parse(time) + minutesLater * 60_000;
  return loki.make(settingsOf(loki.keys, { url: peer.url, ...texts }), aroundOf({ nowMs }));
}

describe("a push to Loki", () => {
  it("carries the tenant and who asks, and nanoseconds that no number has lost", async () => {
    await using peer = await HttpPeerServer.start();
    peer.answer = () => ({ status: 204 });
    const sink = sinkTo(peer, { tenant: "shop", username: "1234", password: "secret" });
    expect(await sink.send(batch, signal)).toEqual({ sent: 6, again: [], refused: {} });
    const [asked] = peer.asked;
    expect(asked?.path).toBe("/loki/api/v1/push");
    expect(asked?.headers["x-scope-orgid"]).toBe("shop");
    expect(asked?.headers.authorization).toBe(`Basic ${btoa("1234:secret")}`);
    expect(peer.json()).toMatchObject({
      streams: expect.arrayContaining([
        {
          stream: {
            service_name: "pahlevan",
            host: "node-1",
            cluster: "west",
            namespace: "shop",
            event: "pahlevan.decision",
            severity: "error",
          },
          values: [
            ["1773453566535897932", batch[0]?.text, expect.objectContaining({ action: "deny" })],
          ],
        },
      ]) as unknown,
    });
    await sink.close();
  });

  it("has no structured metadata where the server takes none", () => {
    const shape = { labels: {}, withMetadata: false };
    const pushed: unknown = JSON.parse(pushBody(batch.slice(0, 1), shape, aroundOf()));
    expect(pushed).toMatchObject({
      streams: [{ values: [["1773453566535897932", batch[0]?.text]] }],
    });
  });

  it("has no empty label, and no label that grows with what runs", () => {
    const lines = acts.map((line) => Outgoing.of({ ...line, namespace: "" }));
    const around = aroundOf({ cluster: "" });
    const body = pushBody(lines, { labels: {}, withMetadata: true }, around);
    const labels = [...body.matchAll(/"stream":\{([^}]*)\}/g)].map(([, inner]) => inner ?? "");
    expect(labels.length).toBe(3); // started, ended, seen
    for (const each of labels)
      expect(each).toMatch(/^"service_name":"pahlevan","host":"node-1","event":"[^"]+","severity"/);
    expect(body).not.toContain('""');
  });

  it.each([429, 500, 503, 401, 404])("is kept where it is answered with %i", async (status) => {
    await using peer = await HttpPeerServer.start();
    peer.answer = () => ({ status, headers: { "retry-after": "3" }, body: "later" });
    const sink = sinkTo(peer);
    const report = await sink.send(batch, signal);
    expect(report).toMatchObject({ sent: 0, refused: {}, afterMs: 3_000 });
    expect(report.again).toEqual(batch);
    expect(peer.asked).toHaveLength(1);
    await sink.close();
  });

  it("goes stream by stream where lines are late, and keeps its order", async () => {
    await using peer = await HttpPeerServer.start();
    const busy = "pahlevan.loop.transition";
    peer.answer = ({ body }) => ({ status: body.includes(`"event":"${busy}"`) ? 429 : 204 });
    const sink = sinkTo(peer, {}, 20);
    const [decision, seen, transition] = batch;
    const report = await sink.send([transition!, decision!, seen!, transition!], signal);
    expect(report).toMatchObject({ sent: 0, refused: {} });
    expect(report.again).toEqual([transition, decision, seen, transition]);
    expect(peer.asked).toHaveLength(1);
    expect(await sink.send([decision!, seen!, decision!], signal)).toMatchObject({ sent: 3 });
    expect(peer.asked).toHaveLength(3);
    await sink.close();
  });

  it("searches for what is at fault in a bounded number of requests", async () => {
    await using peer = await HttpPeerServer.start();
    peer.answer = () => ({ status: 400, body: "entry has timestamp too old: 2020" });
    const sink = sinkTo(peer);
    const [one] = batch;
    const many = Array.from({ length: 1_000 }, () => one!);
    const report = await sink.send(many, signal);
    expect(report).toMatchObject({ sent: 0, again: [], refused: { too_old: 1_000 } });
    expect(peer.asked.length).toBeLessThan(100);
    await sink.close();
  });
});

describe("a server that takes no structured metadata", () => {
  it("has records wait until somebody puts it right", async () => {
    await using peer = await HttpPeerServer.start();
    const body = "stream '{}' includes structured metadata, but this feature is disallowed.";
    peer.answer = () => ({ status: 400, body });
    const sink = sinkTo(peer);
    const report = await sink.send(batch, signal);
    expect(report).toMatchObject({ sent: 0, refused: {}, why: `it answers 400: ${body}` });
    expect(report.again).toEqual(batch);
    await sink.close();
  });
});

describe("the settings of Loki", () => {
  it("refuse more labels than a stream may have, a name that is none, and two passwords", async () => {
    await using peer = await HttpPeerServer.start();
    const pairs = (count: number) =>
      Array.from({ length: count }, (_, at) => `label_${at}=x`).join(",");
    expect(() => sinkTo(peer, { labels: pairs(mostLabels - 6) })).not.toThrow();
    expect(() => sinkTo(peer, { labels: pairs(mostLabels - 5) })).toThrow("there are 16");
    expect(() => sinkTo(peer, { labels: "k8s.cluster=x" })).toThrow("'k8s.cluster' is no name");
    expect(() => sinkTo(peer, { token: "a", username: "b" })).toThrow("take one of the two");
    expect(() => sinkTo(peer, { url: "" })).toThrow("url: is needed");
  });
});
