/**
 * What Teams is sent, and what its answers mean. Teams cannot be had: a server of the test's own
 * answers as learn.microsoft.com (webhooks of Workflows) says; cards are read by adaptivecards.io's
 * schema 1.4, as far as it is used.
 */
import { afterEach, beforeEach, expect, it } from "vitest";
import { z } from "zod";
import {
  called,
  denied,
  hostile,
  inTime,
  moved,
  settingsOf,
  Trying,
} from "../../../test/exporters/notify-trying.ts";
import { HttpPeerServer, type Answer } from "../../../test/http-peer.ts";
import type { Outgoing } from "../../record.ts";
import type { Sink } from "../../sink.ts";
import { mostBytes } from "./card.ts";
import { teams } from "./teams.ts";

const run = z.strictObject({
  type: z.literal("TextRun"),
  text: z.string().min(1),
  weight: z.literal("Bolder").optional(),
  size: z.literal("Large").optional(),
  fontType: z.literal("Monospace").optional(),
  color: z.enum(["Default", "Accent", "Good", "Warning", "Attention"]).optional(),
});
/** No element that reads Markdown, and none that is fetched. */
const card = z.strictObject({
  type: z.literal("message"),
  attachments: z.tuple([
    z.strictObject({
      contentType: z.literal("application/vnd.microsoft.card.adaptive"),
      contentUrl: z.null(),
      content: z.strictObject({
        $schema: z.literal("http://adaptivecards.io/schemas/adaptive-card.json"),
        type: z.literal("AdaptiveCard"),
        version: z.literal("1.4"),
        msteams: z.strictObject({ width: z.literal("Full") }),
        body: z
          .array(z.strictObject({ type: z.literal("RichTextBlock"), inlines: z.array(run).min(1) }))
          .min(1),
        actions: z
          .array(
            z.strictObject({
              type: z.literal("Action.OpenUrl"),
              title: z.string(),
              url: z.url({ protocol: /^https?$/ }),
            }),
          )
          .optional(),
      }),
    }),
  ]),
});

let peer: HttpPeerServer;
const sinks: Sink[] = [];

beforeEach(async () => {
  peer = await HttpPeerServer.start();
  peer.answer = () => ({ status: 202 });
});
afterEach(async () => {
  for (const sink of sinks.splice(0)) await sink.close();
  await peer[Symbol.asyncDispose]();
});

function start() {
  const written = { "webhook-url": `${peer.url}/workflows/1/triggers/manual?sig=secret` };
  const sink = teams.make(settingsOf(teams.keys, written), new Trying());
  sinks.push(sink);
  return { sink, send: (...batch: Outgoing[]) => sink.send(batch, inTime) };
}
const cards = () =>
  peer.asked.map(({ body }) => card.parse(JSON.parse(String(body))).attachments[0].content);
const lines = () =>
  cards().map(({ body }) => body.map(({ inlines }) => inlines.map(({ text }) => text).join("")));

it("gets a card for the trouble, and one for its end", async () => {
  const { send } = start();
  await send(denied(), moved("Enforcing", "Quarantine"));
  await send(moved("Quarantine", "Enforcing"));
  const [opened = [], over = []] = lines();
  expect(opened).toEqual(
    expect.arrayContaining([
      "[critical] shop/checkout: Quarantine, 1 act denied",
      "Policy: checkout-policy",
      "1 × deny exec /usr/bin/curl",
    ]),
  );
  expect(over[0]).toBe("[over] shop/checkout: over (Quarantine → Enforcing)");
  expect(cards().map(({ body }) => body[0]?.inlines[0]?.color)).toEqual(["Attention", "Good"]);
  expect(cards()[0]?.actions).toMatchObject([{ url: "http://prometheus.example/graph?g0.expr=x" }]);
});

it.each(Object.entries(hostile))("shows %s as text", async (_, object) => {
  const names = { workload: object, why: object, url: object };
  await start().send(denied({ object, workload: object }), moved("Enforcing", "Healing", names));
  expect(cards()[0]?.actions).toBeUndefined();
  expect(lines()[0]?.join("")).not.toMatch(/[\p{Cc}\p{Cf}]/u);
});

it("stays below 28 KB in the largest message that can be", async () => {
  const long = "漢".repeat(2_000);
  const { send } = start();
  const acts = Array.from({ length: 40 }, (_, at) =>
    denied({ object: `${at}${long}`, workload: long }),
  );
  const moves = Array.from({ length: 10 }, (_, at) =>
    moved("Enforcing", "Healing", { workload: long, why: `${at}${long}` }),
  );
  await send(...acts, ...moves);
  await send(
    ...Array.from({ length: 100 }, (_, at) =>
      moved("Learning", `${at}${long}`, { workload: `${at}${long}`, why: long }),
    ),
  );
  expect(peer.asked).toHaveLength(2);
  for (const { body } of peer.asked) expect(body.length).toBeLessThanOrEqual(mostBytes);
  expect(lines()[1]).toHaveLength(20);
  expect(lines()[1]?.at(-1)).toBe("…and more than fits here");
});

it.each([
  [{ status: 400, body: "no card" }, "refused", undefined],
  [{ status: 429, headers: { "retry-after": "5" } }, "again", 5_000],
  [{ status: 502 }, "again", undefined],
  ["cut", "again", undefined],
  [
    {
      status: 200,
      body: "Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 429 with ContextId x",
    },
    "again",
    undefined,
  ],
] satisfies [Answer, string, number | undefined][])(
  "that answers %j means %s",
  async (answer, means, afterMs) => {
    peer.answer = () => answer;
    const report = await start().send(called("page"));
    expect(report.again.length > 0 ? "again" : "refused").toBe(means);
    expect(report.afterMs).toBe(afterMs);
    expect(report.why).not.toContain("sig=");
  },
);

it("is asked who it is without a card", async () => {
  peer.answer = () => ({ status: 405 });
  expect(await start().sink.check(inTime)).toMatch(/answers \(405\)/);
  expect(peer.asked.map(({ method }) => method)).toEqual(["HEAD"]);
});
