/** The thread itself, with a sink of the product and a peer that answers as it is told. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { HttpPeerServer } from "../../test/http-peer.ts";
import { examples } from "../examples.ts";
import type { Written } from "./configured.ts";
import { Outbox } from "./outbox.ts";

const [decision, firstSight] = examples("2026-11-22T10:00:00.000000001Z");
const lineOf = (id: string, of = decision) => JSON.stringify({ ...of, id });

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), "pahlevan-outbox-"));
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

async function outbox(at?: string) {
  const said: string[] = [];
  const box = new Outbox({
    ...(at !== undefined && { folder: at }),
    host: "node-1",
    cluster: "",
    version: "0",
    complain: (says) => said.push(says),
  });
  const peer = await HttpPeerServer.start();
  onTestFinished(async () => {
    await box.stop(0);
    await peer[Symbol.asyncDispose]();
  });
  return { box, peer, said };
}

function otlp(peer: HttpPeerServer, more: Readonly<Record<string, string>> = {}): Written[] {
  const settings = { endpoint: peer.url, protocol: "http/json", "batch-wait": "0s", ...more };
  return Object.entries(settings).map(([key, value]) => {
    return { name: "otlp", key, value, origin: "test" };
  });
}

/** Ids of the log records that a peer was sent. */
function idsAt(peer: HttpPeerServer): string[] {
  return peer.asked
    .filter(({ path }) => path === "/v1/logs")
    .flatMap(({ body }) =>
      [...body.toString().matchAll(/"(?:id|d)-?(\d+)x"/g)].map(([, n]) => n ?? ""),
    );
}

test("what is put is sent, and what nobody wants is known before it is written", async () => {
  const { box, peer } = await outbox();
  expect(box.wants("decision")).toBe(false);
  expect((await box.configure(otlp(peer, { events: "decision" }))).errors).toEqual([]);
  expect([box.wants("decision"), box.wants("first_seen")]).toEqual([true, false]);
  box.put("decision", lineOf("id-1x"));
  await expect.poll(() => idsAt(peer)).toEqual(["1"]);
  await expect
    .poll(() => box.figures()[0])
    .toMatchObject({ name: "otlp", accepted: { decision: 1 }, sent: { decision: 1 } });
});

test("with a mistake in the new settings all goes on as before", async () => {
  const { box, peer } = await outbox();
  await box.configure(otlp(peer));
  const { errors } = await box.configure(otlp(peer, { protocol: "htp" }));
  expect(errors).toEqual([expect.stringContaining("protocol is 'htp'")]);
  box.put("decision", lineOf("id-1x"));
  await expect.poll(() => idsAt(peer)).toEqual(["1"]);
});

test("what waits for a peer that is away goes to the one of the new settings", async () => {
  const { box, peer } = await outbox(folder());
  peer.answer = () => ({ status: 503 });
  await box.configure(otlp(peer));
  for (let n = 0; n < 100; n++) box.put("decision", lineOf(`id-${n}x`));
  await expect.poll(() => peer.asked.length).toBeGreaterThan(0);
  await using other = await HttpPeerServer.start();
  await box.configure(otlp(other));
  await expect.poll(() => new Set(idsAt(other)).size).toBe(100);
});

test("what a peer did not take until the end, it is sent at the next start", async () => {
  const at = folder();
  const { box, peer, said } = await outbox(at);
  peer.answer = () => ({ status: 503, body: "not now" });
  await box.configure(otlp(peer));
  for (let n = 0; n < 50; n++) box.put("decision", lineOf(`id-${n}x`));
  await expect.poll(() => said).toEqual([expect.stringContaining("503: not now")]);
  await box.stop(100);
  expect(box.figures()[0]).toMatchObject({ sent: { decision: 0 }, spilled: { decision: 50 } });
  const { box: next, peer: there } = await outbox(at);
  await next.configure(otlp(there));
  await expect.poll(() => idsAt(there).length).toBe(50);
});

test("who reads what is not for it slows nobody: a silent peer's neighbour gets all", async () => {
  const { box, peer } = await outbox();
  await using silent = await HttpPeerServer.start();
  silent.answer = () => "silent";
  const dead = otlp(silent).map((one) => ({ ...one, name: "dead" }));
  await box.configure([
    ...otlp(peer),
    ...dead,
    { name: "dead", key: "type", value: "otlp", origin: "test" },
  ]);
  for (let n = 0; n < 500; n++) box.put("decision", lineOf(`id-${n}x`));
  await expect.poll(() => idsAt(peer).length).toBe(500);
  expect(box.figures().find(({ name }) => name === "dead")?.sent.decision ?? 0).toBe(0);
});

test("while the thread does not take them, first sights give way and decisions are kept longer", async () => {
  const { box } = await outbox();
  // Nobody is configured: the thread takes them, but not before this turn is over.
  const long = JSON.stringify({ ...firstSight, id: "x", reason: "y".repeat(1 << 20) });
  for (let n = 0; n < 20; n++) box.put("behaviour", long);
  for (let n = 0; n < 10; n++) box.put("decision", long);
  expect(box.lost()).toMatchObject([
    {
      accepted: { behaviour: 5, decision: 0 },
      dropped: [{ lane: "behaviour", reason: "thread_behind", count: 5 }],
    },
  ]);
});

test("what waits for one that is configured later is not cleaned away", async () => {
  const at = folder();
  const named = (peer: HttpPeerServer, name: string) =>
    [...otlp(peer), { name: "otlp", key: "type", value: "otlp", origin: "test" }].map((one) => {
      return { ...one, name };
    });
  const { box, peer } = await outbox(at);
  peer.answer = () => ({ status: 503 });
  await box.configure(named(peer, "host/web/otlp-0"));
  box.put("decision", lineOf("id-7x"));
  await expect.poll(() => peer.asked.length).toBeGreaterThan(0);
  await box.stop(0);
  const { box: next, peer: there } = await outbox(at);
  await using unused = await HttpPeerServer.start();
  await next.configure(named(unused, "first"));
  await next.configure([...named(unused, "first"), ...named(there, "host/web/otlp-0")]);
  next.clean();
  await expect.poll(() => idsAt(there)).toEqual(["7"]);
});
