import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { setImmediate as turn } from "node:timers/promises";
import { afterAll, describe, expect, it } from "vitest";
import { Agent } from "./agent.ts";
import { ask, askStatus, connectTo } from "./control-client.ts";
import { parseRequest } from "./control-protocol.ts";
import { Control } from "./control.ts";
import { everything } from "./filter.ts";
import { madeIdentity, madeKernelEvent, MadeSenses } from "./made.ts";
import { observe } from "./observer.ts";

const senses = new MadeSenses();
const agent = new Agent({
  senses,
  identities: {
    resolve: () => madeIdentity,
    settled: () => Promise.resolve(madeIdentity),
    ended: () => undefined,
    levelOf: () => undefined,
  },
  cgroupIdOf: () => undefined,
  processTableSize: 256,
  journalSize: 100,
});
await agent.start();
const folder = mkdtempSync(join(tmpdir(), "pahlevan-control-"));
const path = join(folder, "run", "agent.sock");
const control = await Control.open({
  agent,
  path,
  observeBuffer: 8,
  version: "1",
  status: () => ({ pid: 42, version: "1" }),
});
afterAll(async () => {
  await control.close();
  rmSync(folder, { recursive: true });
});

const open = (name: string) => ({ kind: "open", path: { value: name }, access: ["read"] }) as const;

async function linesOf(request: Parameters<typeof ask>[1], count: number) {
  const socket = await connectTo(path);
  if (socket === undefined) throw new Error("nobody answers");
  const lines: unknown[] = [];
  for await (const line of ask(socket, request)) {
    lines.push(JSON.parse(line));
    if (lines.length === 1) senses.see(madeKernelEvent(open("/live")));
    if (lines.length === count) break;
  }
  socket.destroy();
  return lines;
}

describe("the control socket", () => {
  it("is for its owner only", () => {
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(join(path, "..")).mode & 0o777).toBe(0o700);
  });

  it("tells who runs", async () => {
    expect(await askStatus(path)).toMatchObject({ pid: 42 });
    expect(await askStatus(`${path}.none`)).toBeUndefined();
  });

  it("streams what was seen and what comes", async () => {
    senses.see(madeKernelEvent(open("/before")));
    const lines = await linesOf({ observe: everything, sinceStart: true }, 3);
    expect(lines).toMatchObject([{ pid: process.pid }, { object: "/before" }, { object: "/live" }]);
  });

  it("streams only what comes, if asked so", async () => {
    const lines = await linesOf({ observe: everything, sinceStart: false }, 2);
    expect(lines).toMatchObject([{ pid: process.pid }, { object: "/live" }]);
  });

  it("says what is wrong with a request", async () => {
    const socket = await connectTo(path);
    socket?.write('{"observe":{"facets":["fiel"]}}\n');
    const { promise, resolve } = Promise.withResolvers<string>();
    socket?.once("data", (chunk) => resolve(chunk.toString()));
    expect(await promise).toBe('{"error":"unknown facet \'fiel\'"}\n');
  });

  it("refuses what is no request of ours", () => {
    expect(() => parseRequest("[]")).toThrow("JSON object");
    expect(() => parseRequest('{"observe":{"facet":[]}}')).toThrow("unknown field 'facet'");
    expect(() => parseRequest('{"observe":{"kinds":["toString"]}}')).toThrow("unknown kind");
  });
});

it("a slow reader misses events, is told how many, and slows nobody", async () => {
  const reader = new PassThrough({ writableHighWaterMark: 1, readableHighWaterMark: 1 });
  let skipped = 0;
  const onSkipped = (count: number) => void (skipped += count);
  const request = { observe: everything, sinceStart: false };
  const stop = observe({ agent, request, reader, limit: 8, version: "1", onSkipped });
  for (let n = 0; n < 100; n++) senses.see(madeKernelEvent(open(`/${n}`)));
  let text = "";
  reader.on("data", (chunk: Buffer) => void (text += chunk.toString()));
  while (!text.includes("skipped")) await turn();
  stop();
  const lines = text.trimEnd().split("\n");
  const shown = lines.filter((line) => line.includes('"pahlevan.behaviour.first_seen"')).length;
  expect({ shown, skipped }).toEqual({ shown: 8, skipped: 92 });
  expect(lines.at(-1)).toBe('{"event":"pahlevan.observe.skipped","count":92}');
});
