/** Asking Alertmanager for what a message leaves out; its answer is a recorded one. */
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { afterEach, expect, it } from "vitest";
import { readAlertmanager } from "./alertmanager.ts";
import { Pull } from "./pull.ts";

const recorded = readFileSync(new URL("fixtures/alertmanager-api.json", import.meta.url), "utf8");
const asked: IncomingMessage[] = [];
let answer: (response: ServerResponse) => void = (response) => response.end(recorded);
const server = createServer((request, response) => {
  asked.push(request);
  answer(response);
});
const { promise: listening, resolve } = Promise.withResolvers<void>();
server.listen(0, "127.0.0.1", resolve).unref();
await listening;
const address = server.address();
const url = `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}/alerts/`;

afterEach(() => {
  asked.length = 0;
  answer = (response) => response.end(recorded);
});

it("gives all that fire, as a message has them", async () => {
  const alerts = await new Pull({ url, bearer: "secret" }).alerts();
  const reading = readAlertmanager({ alerts }, Date.parse("2026-11-22T06:31:00Z"));
  expect(reading).toMatchObject({
    signals: [
      { fingerprint: "096f831b5338a1d1", status: "firing", target: { policy: "p1" } },
      { target: { policy: "p2" } },
      { target: { policy: "p3" } },
    ],
    refused: [],
  });
  expect(asked[0]?.headers.authorization).toBe("Bearer secret");
  const { pathname, searchParams } = new URL(asked[0]?.url ?? "", url);
  expect(pathname).toBe("/alerts/api/v2/alerts");
  expect(Object.fromEntries(searchParams)).toEqual({
    active: "true",
    silenced: "false",
    inhibited: "false",
    filter: 'pahlevan_signal!=""',
  });
});

it("is of the same occurrences as the message it completes", async () => {
  const alerts = await new Pull({ url }).alerts();
  const message = new URL("fixtures/alertmanager-truncated.json", import.meta.url);
  const nowMs = Date.parse("2026-11-22T06:31:00Z");
  const pulled = readAlertmanager({ alerts }, nowMs);
  const sent = readAlertmanager(JSON.parse(readFileSync(message, "utf8")), nowMs);
  if ("unreadable" in pulled || "unreadable" in sent) throw new Error("unreadable");
  expect(pulled.signals.slice(0, 2)).toEqual(sent.signals);
});

it("asks once for all who wait, and not before the one under way has its answer", async () => {
  const waiting: ServerResponse[] = [];
  answer = (response) => waiting.push(response);
  const pull = new Pull({ url });
  const first = pull.alerts();
  await expect.poll(() => waiting.length).toBe(1);
  const others = [pull.alerts(), pull.alerts(), pull.alerts()];
  waiting[0]?.end("[]");
  expect(await first).toEqual([]);
  await expect.poll(() => waiting.length).toBe(2);
  waiting[1]?.end(recorded);
  for (const other of others) expect(await other).toHaveLength(3);
  expect(asked).toHaveLength(2);
});

it.each<[string, (response: ServerResponse) => void, RegExp]>([
  ["an error", (response) => response.writeHead(503).end(), /answered 503/],
  ["something else", (response) => response.end("[1]"), /does not answer as Alertmanager/],
  [
    "another address",
    (response) => {
      const isThere = response.req.url === "/elsewhere";
      if (isThere) response.end(recorded);
      else response.writeHead(302, { location: "/elsewhere" }).end();
    },
    /answered 302/,
  ],
  [
    "no end",
    (response) => {
      const chunk = Buffer.alloc(1 << 20, " ");
      const more = () => {
        while (!response.destroyed && response.write(chunk)) continue;
      };
      response.on("drain", more);
      more();
    },
    /more than 16777216 bytes/,
  ],
])("says so where the answer is %s", async (_, how, why) => {
  answer = how;
  await expect(new Pull({ url }).alerts()).rejects.toThrow(why);
});

it("does not wait for ever", async () => {
  answer = () => {};
  await expect(new Pull({ url, withinMs: 20 }).alerts()).rejects.toThrow(/abort|timeout/i);
  answer = (response) => response.write("[");
  await expect(new Pull({ url, withinMs: 50 }).alerts()).rejects.toThrow(/abort|timeout/i);
});

it("goes on after a failure", async () => {
  answer = (response) => response.writeHead(500).end();
  const pull = new Pull({ url });
  await expect(pull.alerts()).rejects.toThrow("500");
  answer = (response) => response.end("[]");
  expect(await pull.alerts()).toEqual([]);
});
