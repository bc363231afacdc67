/** What the bulk API answers becomes a true report; the real server is asked in test/stack. */
import { describe, expect, it } from "vitest";
import { aroundOf, settingsOf } from "../../../test/exporters/settings-of.ts";
import { HttpPeerServer, type Answer, type Asked } from "../../../test/http-peer.ts";
import { examples } from "../../examples.ts";
import { Outgoing } from "../../record.ts";
import { elasticsearch } from "./elasticsearch.ts";

const batch = examples("2026-03-14T01:59:26.535897932Z").map((line) => Outgoing.of(line));
const { signal } = new AbortController();
const stream = "logs-pahlevan.events-default";

type Texts = Parameters<typeof settingsOf<typeof elasticsearch.keys>>[1];

function sinkTo(peer: HttpPeerServer, texts: Texts = {}) {
  const settings = settingsOf(elasticsearch.keys, { url: peer.url, ...texts });
  return elasticsearch.make(settings, aroundOf());
}

/** One that has the template, and answers a bulk request with these items. */
function having(bulk: (asked: Asked) => Answer) {
  return (asked: Asked): Answer => {
    if (asked.path.includes("/_bulk")) return bulk(asked);
    if (asked.path === "/") return { status: 200, body: '{"version":{"number":"9.1.0"}}' };
    return { status: 200, body: "{}" };
  };
}

function items(...statuses: readonly (number | readonly [number, string])[]): Answer {
  const each = statuses.map((one) => {
    const [status, type] = typeof one === "number" ? [one, undefined] : one;
    return { create: { status, ...(type !== undefined && { error: { type, reason: "no" } }) } };
  });
  return { status: 200, body: JSON.stringify({ errors: true, items: each }) };
}

describe("a batch to Elasticsearch", () => {
  it("is one request of a create and a document for each record, by its id", async () => {
    await using peer = await HttpPeerServer.start();
    peer.answer = having(() => ({ status: 200, body: '{"errors":false}' }));
    const sink = sinkTo(peer, { "api-key": "id:secret" });
    expect(await sink.send(batch, signal)).toEqual({ sent: 6, again: [], refused: {} });
    const bulk = peer.asked.at(-1);
    expect(bulk?.path).toMatch(new RegExp(`^/${stream}/_bulk\\?`));
    expect(bulk?.headers.authorization).toBe(`ApiKey ${btoa("id:secret")}`);
    expect(bulk?.headers["content-encoding"]).toBe("gzip");
    const lines = bulk?.body.toString().trimEnd().split("\n") ?? [];
    expect(lines).toHaveLength(12);
    expect(lines[0]).toBe('{"create":{"_id":"example-1"}}');
    expect(lines[1]).toMatch(/^\{"@timestamp":"2026-03-14T01:59:26.535897932Z","ecs"/);
    await sink.close();
  });

  it("is told record by record: there already, busy, or refused for good", async () => {
    await using peer = await HttpPeerServer.start();
    const refusal = [400, "document_parsing_exception"] as const;
    peer.answer = having(() => items(201, 409, 429, refusal, 503, 403));
    const sink = sinkTo(peer);
    const report = await sink.send(batch, signal);
    expect(report).toMatchObject({ sent: 2, refused: { document_parsing_exception: 1 } });
    expect(report.again).toEqual([batch[2], batch[4], batch[5]]);
    expect(report.why).toBe("status_429: ");
    await sink.close();
  });

  it("goes in halves where it is too large", async () => {
    await using peer = await HttpPeerServer.start();
    peer.answer = having(({ body }) =>
      body.toString().split("\n").length > 5
        ? { status: 413 }
        : { status: 200, body: '{"errors":false}' },
    );
    const sink = sinkTo(peer);
    expect(await sink.send(batch, signal)).toMatchObject({ sent: 6, again: [], refused: {} });
    await sink.close();
  });

  it.each([401, 403, 404, 429, 503])(
    "is kept where the whole is answered with %i",
    async (status) => {
      await using peer = await HttpPeerServer.start();
      peer.answer = having(() => ({ status, headers: { "retry-after": "7" }, body: "no" }));
      const sink = sinkTo(peer);
      const report = await sink.send(batch, signal);
      expect(report).toMatchObject({ sent: 0, refused: {}, afterMs: 7_000 });
      expect(report.again).toEqual(batch);
      await sink.close();
    },
  );

  it("is tried again where the answer is none of a bulk API, or for fewer documents", async () => {
    await using peer = await HttpPeerServer.start();
    const sink = sinkTo(peer);
    peer.answer = having(() => ({ status: 200, body: "<html>" }));
    await expect(sink.send(batch, signal)).rejects.toThrow("is it Elasticsearch or OpenSearch?");
    peer.answer = having(() => items(201));
    await expect(sink.send(batch, signal)).rejects.toThrow("for 1 of 6 documents");
    await sink.close();
  });
});

describe("the index template", () => {
  const without = (distribution?: string) => (asked: Asked) => {
    const version = { number: "2.19.1", ...(distribution !== undefined && { distribution }) };
    if (asked.path === "/") return { status: 200, body: JSON.stringify({ version }) };
    if (asked.path.includes("/_bulk")) return { status: 200, body: '{"errors":false}' };
    return { status: asked.method === "GET" ? 404 : 200 };
  };

  it.each([
    [undefined, { type: "flattened", ignore_above: 1024 }],
    ["opensearch", { type: "flat_object" }],
  ])("is made once where it is missing, in the words of the server (%s)", async (name, detail) => {
    await using peer = await HttpPeerServer.start();
    peer.answer = without(name);
    const sink = sinkTo(peer);
    await sink.send(batch, signal);
    await sink.send(batch, signal);
    const puts = peer.asked.filter(({ method }) => method === "PUT");
    expect(puts.map(({ path }) => path)).toEqual([`/_index_template/pahlevan-${stream}`]);
    expect(JSON.parse(puts[0]?.body.toString() ?? "")).toMatchObject({
      index_patterns: [stream],
      data_stream: {},
      template: { mappings: { properties: { pahlevan: { properties: { detail } } } } },
    });
    await sink.close();
  });

  it("is not asked for where it is the operator's own", async () => {
    await using peer = await HttpPeerServer.start();
    peer.answer = without();
    const sink = sinkTo(peer, { "install-template": "off" });
    await sink.send(batch, signal);
    expect(peer.asked).toHaveLength(1);
    expect(await sink.check(signal)).toContain("is missing, and install-template is off");
    await sink.close();
  });

  it("has records wait while it may not be made", async () => {
    await using peer = await HttpPeerServer.start();
    const answers = without();
    peer.answer = (asked) => (asked.method === "PUT" ? { status: 403 } : answers(asked));
    const sink = sinkTo(peer);
    const report = await sink.send(batch, signal);
    expect(report.again).toEqual(batch);
    expect(report.why).toContain("making it was answered with 403");
    expect(peer.asked.some(({ path }) => path.includes("_bulk"))).toBe(false);
    await sink.close();
  });
});

describe("a check", () => {
  it("says which server of which version, and rejects where it is not let in", async () => {
    await using peer = await HttpPeerServer.start();
    peer.answer = having(() => ({ status: 200 }));
    const sink = sinkTo(peer);
    expect(await sink.check(signal)).toBe(
      `Elasticsearch 9.1.0, data stream ${stream}: index template pahlevan-${stream} is there`,
    );
    peer.answer = () => ({ status: 401, body: "no such key" });
    await expect(sink.check(signal)).rejects.toThrow("it answers 401: no such key");
    await sink.close();
  });
});

describe("the settings", () => {
  it("refuse a name that no data stream can have, and two ways to say who one is", async () => {
    await using peer = await HttpPeerServer.start();
    expect(() => sinkTo(peer, { index: "Logs/*" })).toThrow("is 'Logs/*'");
    expect(() => sinkTo(peer, { username: "a", "api-key": "b" })).toThrow("take one");
    expect(() => sinkTo(peer, { url: "" })).toThrow("url: is needed");
  });
});
