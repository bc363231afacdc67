/**
 * What Slack is sent, and what its answers mean. Slack cannot be had: a server of the test's own
 * answers as docs.slack.dev (chat.postMessage, chat.update, incoming webhooks, Block Kit) says.
 */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { HttpPeerServer, type Answer } from "../../../test/http-peer.ts";
import {
  called,
  convergedRecord,
  denied,
  hostile,
  inTime,
  moved,
  settingsOf,
  Trying,
} from "../../../test/exporters/notify-trying.ts";
import type { Sink } from "../../sink.ts";
import { limits } from "./blocks.ts";
import { slack } from "./slack.ts";

const token = "xoxb-a-secret-token";
const plainText = z.strictObject({
  type: z.literal("plain_text"),
  text: z.string().min(1),
  emoji: z.literal(false),
});
const mrkdwn = (most: number) =>
  z.strictObject({
    type: z.literal("mrkdwn"),
    text: z.string().min(1).max(most),
    verbatim: z.literal(true),
  });
/** Block Kit, as far as it is used. */
const block = z.union([
  z.strictObject({
    type: z.literal("header"),
    text: plainText.extend({ text: z.string().min(1).max(150) }),
  }),
  z.strictObject({ type: z.literal("section"), text: mrkdwn(3_000) }),
  z.strictObject({ type: z.literal("section"), fields: z.array(mrkdwn(2_000)).min(1).max(10) }),
  z.strictObject({
    type: z.literal("context"),
    elements: z.array(mrkdwn(3_000)).min(1).max(10),
  }),
]);
const message = z.strictObject({
  channel: z.string().optional(),
  ts: z.string().optional(),
  thread_ts: z.string().optional(),
  text: z.string().min(1).max(4_000),
  blocks: z.array(block).min(1).max(50),
  unfurl_links: z.literal(false),
  unfurl_media: z.literal(false),
});

let peer: HttpPeerServer;
const sinks: Sink[] = [];

beforeEach(async () => {
  peer = await HttpPeerServer.start();
});
afterEach(async () => {
  for (const sink of sinks.splice(0)) await sink.close();
  await peer[Symbol.asyncDispose]();
});

const ok = (ts: string): Answer => ({
  status: 200,
  body: JSON.stringify({ ok: true, channel: "C024BE91L", ts }),
});
const fault = (error: string): Answer => ({
  status: 200,
  body: JSON.stringify({ ok: false, error }),
});

function start(written: Readonly<Record<string, string>>) {
  const around = new Trying();
  const sink = slack.make(settingsOf(slack.keys, written), around);
  sinks.push(sink);
  return { around, sink };
}
const bot = () => start({ token, channel: "#security", endpoint: `${peer.url}/api/` });
const hook = () => start({ "webhook-url": `${peer.url}/services/T0/B0/secret` });
const sentTo = () =>
  peer.asked.map(({ path, body }) => ({ path, ...message.parse(JSON.parse(String(body))) }));

describe("a bot", () => {
  it("opens a thread for an incident, answers in it, and marks its beginning when it is over", async () => {
    let count = 0;
    peer.answer = () => ok(`1700000000.00000${++count}`);
    const { sink } = bot();
    await sink.send([denied()], inTime);
    await sink.send([moved("Enforcing", "Quarantine")], inTime);
    await sink.send([moved("Quarantine", "Enforcing")], inTime);
    const thread = { channel: "#security", thread_ts: "1700000000.000001" };
    expect(sentTo()).toMatchObject([
      { path: "/api/chat.postMessage", channel: "#security" },
      { path: "/api/chat.postMessage", ...thread },
      { path: "/api/chat.update", channel: "C024BE91L", ts: "1700000000.000001" },
      { path: "/api/chat.postMessage", ...thread },
    ]);
    expect(peer.asked[0]?.headers.authorization).toBe(`Bearer ${token}`);
    expect(sentTo().map(({ text }) => text)).toEqual([
      "[error] shop/checkout: 1 act denied",
      "[critical] shop/checkout: Quarantine, 1 act denied",
      "[over] shop/checkout: over (Quarantine → Enforcing)",
      "[over] shop/checkout: over (Quarantine → Enforcing)",
    ]);
  });

  it("begins anew where the thread's first message is gone", async () => {
    peer.answer = () => ok("1.1");
    const { sink } = bot();
    await sink.send([denied()], inTime);
    peer.answer = ({ body }) =>
      /thread_ts/.test(String(body)) ? fault("thread_not_found") : ok("2.2");
    await sink.send([moved("Enforcing", "Quarantine")], inTime);
    peer.answer = ({ path }) => (path.endsWith("update") ? fault("message_not_found") : ok("3.3"));
    await sink.send([moved("Quarantine", "Enforcing")], inTime);
    expect(sentTo().map(({ thread_ts, ts }) => thread_ts ?? ts ?? "")).toEqual([
      "",
      "1.1",
      "",
      "2.2",
      "",
    ]);
  });

  it.each([
    ["ratelimited", "again"],
    ["internal_error", "again"],
    ["service_unavailable", "again"],
    ["invalid_blocks", "refused"],
    ["channel_not_found", "again"],
    ["invalid_auth", "again"],
    ["something new", "refused"],
  ])("answered 200 with %s is tried %s", async (error, means) => {
    peer.answer = () => fault(error);
    const record = denied();
    const report = await bot().sink.send([record], inTime);
    expect(report).toMatchObject(
      means === "again"
        ? { sent: 0, again: [record], refused: {} }
        : { sent: 0, again: [], refused: { [error.includes(" ") ? "slack_error" : error]: 1 } },
    );
    expect(report.why).toContain(error);
  });

  it("tells who its token is", async () => {
    peer.answer = () => ({ status: 200, body: '{"ok":true,"user":"pahlevan","team":"Acme"}' });
    expect(await bot().sink.check(inTime)).toMatch(/pahlevan of Acme/);
    peer.answer = () => fault("invalid_auth");
    await expect(bot().sink.check(inTime)).rejects.toThrow("invalid_auth");
  });
});

describe("a webhook", () => {
  it("gets a message each, the end in one of its own", async () => {
    const { sink } = hook();
    await sink.send([moved("Enforcing", "Healing")], inTime);
    await sink.send([moved("Healing", "Enforcing")], inTime);
    expect(sentTo()).toHaveLength(2);
    expect(sentTo().every(({ path }) => path === "/services/T0/B0/secret")).toBe(true);
  });

  it.each([
    [{ status: 429, headers: { "retry-after": "30" } }, "again", 30_000],
    [{ status: 503 }, "again", undefined],
    ["cut", "again", undefined],
    [{ status: 404, body: "no_service" }, "again", undefined],
  ] satisfies [Answer, string, number | undefined][])(
    "that answers %j means %s",
    async (answer, means, afterMs) => {
      peer.answer = () => answer;
      const report = await hook().sink.send([denied()], inTime);
      expect(report).toMatchObject({ sent: 0 });
      expect(report.again.length > 0 ? "again" : "refused").toBe(means);
      expect(report.afterMs).toBe(afterMs);
      expect(report.why).not.toContain("secret");
    },
  );

  it("is tried without posting", async () => {
    peer.answer = () => ({ status: 400, body: "no_text" });
    expect(await hook().sink.check(inTime)).toMatch(/knows the webhook/);
    peer.answer = () => ({ status: 403, body: "invalid_token" });
    await expect(hook().sink.check(inTime)).rejects.toThrow("invalid_token");
  });
});

describe("names that others chose", () => {
  const parts = (body: z.infer<typeof message>) => [
    body.text,
    ...body.blocks.flatMap((each) => {
      if ("fields" in each) return each.fields.map(({ text }) => text);
      if (each.type === "context") return each.elements.map(({ text }) => text);
      return each.type === "section" ? [each.text.text] : [];
    }),
  ];

  it.each(Object.entries(hostile))("%s mention nobody, and fit", async (_, object) => {
    const { sink } = hook();
    await sink.send(
      [
        denied({ object, workload: object }),
        moved("Enforcing", "Quarantine", { workload: object, why: object, url: object }),
      ],
      inTime,
    );
    for (const body of sentTo())
      for (const text of parts(body)) {
        expect(text).not.toMatch(/[<>]/);
        expect(text.replaceAll(/&(amp|lt|gt);/g, "")).not.toContain("&");
        expect(text).not.toMatch(/[\p{Cf}\u0000-\u0009\u000b-\u001f]/u);
        // A span of code that its own text ends would let the rest be read as words of Slack's.
        for (const line of text.split("\n"))
          if (line.startsWith("`")) expect(line).toMatch(/^`[^`]*`$/);
      }
  });

  it("are told of in a link that ends where it should", async () => {
    const { sink } = hook();
    await sink.send(
      [moved("Enforcing", "Healing", { url: "https://g.example/d?a=1&b=<x>|y" })],
      inTime,
    );
    const [body] = sentTo();
    expect(body?.blocks.at(-1)).toMatchObject({
      elements: [{ text: "<https://g.example/d?a=1&amp;b=%3Cx%3E%7Cy|What the alert shows>" }],
    });
  });

  it("fit in the largest message that can be", async () => {
    const { sink } = hook();
    const long = "\u{1F4A9}&".repeat(2_000);
    const batch = Array.from({ length: 40 }, (_, at) => denied({ object: `${at}${long}` }));
    for (let at = 0; at < 10; at++) batch.push(called("page", `${at}${long}`));
    await sink.send([...batch, ...Array.from({ length: 60 }, convergedRecord)], inTime);
    // Beyond so many characters in all, Slack was seen to refuse blocks.
    for (const body of sentTo()) expect(parts(body).join("").length).toBeLessThan(13_200);
    expect(limits.blocks).toBe(50);
  });
});

it("takes a bot or a webhook, and says so without repeating a secret", () => {
  expect(() => start({})).toThrow("either token and channel, or webhook-url");
  expect(() => start({ token })).toThrow("token also needs channel");
  expect(() => start({ "webhook-url": "hooks/secret" })).toThrow(/^webhook-url takes an address/);
  expect(slack.keys.token.type.show(token)).toBe("(secret)");
});
