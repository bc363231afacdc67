/** A real OpenSearch takes our template and our documents, each once, and refuses the bad one. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { ecs } from "../../../exporters/formats/ecs.ts";
import { examples } from "../../../exporters/examples.ts";
import { Outgoing, type Line } from "../../../exporters/record.ts";
import { elasticsearch } from "../../../exporters/siem/elasticsearch/elasticsearch.ts";
import { acts, time } from "../../exporters/acts.ts";
import { aroundOf, settingsOf } from "../../exporters/settings-of.ts";
import { GOT_WITHIN_MS, javaProgram, javaProgramMissing } from "../java-program.ts";
import { RealServer } from "./real-server.ts";

const program = { folder: "exporters/opensearch", main: "OpenSearch" } as const;
const missing = await javaProgramMissing(program);
const { signal } = new AbortController();

const found = z.object({
  hits: z.object({
    total: z.object({ value: z.number() }),
    hits: z.array(z.object({ _id: z.string(), _index: z.string(), _source: z.unknown() })),
  }),
});

async function started(): Promise<RealServer> {
  const java = await javaProgram(program);
  return RealServer.start({
    program: "java",
    args: (port, folder) => [...java, String(port), folder],
    ready: "/_cluster/health?wait_for_status=yellow",
  });
}

async function search(stream: string, query: object) {
  await fetch(`${server.url}/${stream}/_refresh`, { method: "POST" });
  const answer = await fetch(`${server.url}/${stream}/_search?size=100`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query }),
  });
  return found.parse(await answer.json()).hits;
}

async function block(stream: string, isBlocked: boolean): Promise<void> {
  const answer = await fetch(`${server.url}/${stream}/_settings`, {
    method: "PUT",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ "index.blocks.write": isBlocked }),
  });
  expect(answer.status).toBe(200);
}

const around = aroundOf();

function sinkTo(index: string) {
  const settings = settingsOf(elasticsearch.keys, { url: server.url, index });
  return elasticsearch.make(settings, around);
}

const good: readonly Line[] = [...examples(time), ...acts];
/** A time that no field of type date takes. */
const bad: Line = { ...examples(time, "bad")[1]!, time: "yesterday" };

/** One for all: each test has a data stream of its own. */
let server: RealServer;

describe.skipIf(missing !== undefined)(`OpenSearch (${missing ?? "2.19"})`, () => {
  beforeAll(async () => {
    server = await started();
  }, GOT_WITHIN_MS);
  afterAll(() => server[Symbol.asyncDispose]());

  it("keeps every document once, as it was sent, and refuses the one that is wrong", async () => {
    const stream = "logs-pahlevan.events-default";
    const sink = sinkTo(stream);
    expect(await sink.check(signal)).toMatch(
      /^OpenSearch 2\.19\..* is made with the first record$/,
    );

    const batch = [...good.slice(0, 3), bad, ...good.slice(3)].map((line) => Outgoing.of(line));
    const report = await sink.send(batch, signal);
    expect(report).toMatchObject({
      sent: good.length,
      again: [],
      refused: { mapper_parsing_exception: 1 },
    });
    expect(report.why).toContain("failed to parse field [@timestamp]");
    expect(await sink.check(signal)).toMatch(/index template .* is there$/);

    // As after an answer that was lost on its way.
    expect(await sink.send(batch, signal)).toMatchObject({ sent: good.length, again: [] });
    const all = await search(stream, { match_all: {} });
    expect(all.total.value).toBe(good.length);
    const kept = new Map(all.hits.map(({ _id, _source }) => [_id, _source]));
    for (const line of good) expect(kept.get(line.id)).toEqual(asJson(ecs(line, around)));
    // Of a data stream, not an index that happens to have its name.
    expect(all.hits[0]?._index).toMatch(/^\.ds-logs-pahlevan\.events-default-0/);
    await sink.close();
  });

  it("has records wait while the stream takes no writes, as when the disk is full", async () => {
    const stream = "logs-pahlevan.blocked-default";
    const sink = sinkTo(stream);
    const [first, ...rest] = good.map((line) => Outgoing.of(line));
    expect(await sink.send([first!], signal)).toMatchObject({ sent: 1 });
    await block(stream, true);
    const report = await sink.send(rest, signal);
    expect(report).toMatchObject({ sent: 0, refused: {} });
    expect(report.why).toContain("cluster_block_exception");
    await block(stream, false);
    expect(await sink.send(report.again, signal)).toMatchObject({ sent: rest.length, again: [] });
    expect((await search(stream, { match_all: {} })).total.value).toBe(good.length);
    await sink.close();
  });

  it("finds them by what a person asks for", async () => {
    const stream = "logs-pahlevan.found-default";
    const sink = sinkTo(stream);
    await sink.send(
      good.map((line) => Outgoing.of(line)),
      signal,
    );
    const ids = async (query: object) =>
      (await search(stream, query)).hits.map(({ _id }) => _id).sort();
    expect(await ids({ term: { "event.type": "denied" } })).toEqual(["example-1"]);
    expect(await ids({ term: { "process.parent.name": "node" } })).toEqual(["example-1"]);
    expect(await ids({ term: { "destination.ip": "203.0.113.0/24" } })).toContain("example-2");
    expect(await ids({ match: { message: "quarantine" } })).toEqual(["example-3"]);
    expect(await ids({ range: { "event.severity": { gte: 99 } } })).toEqual([
      "example-3",
      "example-4",
    ]);
    expect(await ids({ term: { "pahlevan.detail.inode": "1234" } })).toEqual(["example-1"]);
    await sink.close();
  });
});

function asJson(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}
