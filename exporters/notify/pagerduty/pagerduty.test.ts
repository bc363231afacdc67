/**
 * What PagerDuty is sent, and what its answers mean. PagerDuty cannot be had: a server of the
 * test's own answers as developer.pagerduty.com (Events API v2) says.
 */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
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
import { HttpPeerServer, type Answer } from "../../../test/http-peer.ts";
import type { Outgoing } from "../../record.ts";
import type { Sink } from "../../sink.ts";
import { limits } from "./event.ts";
import { pagerduty } from "./pagerduty.ts";

const routingKey = "0123456789abcdef0123456789abcdef";
const head = {
  routing_key: z.string().length(32),
  dedup_key: z.string().min(1).max(255),
};
/** Events API v2, as far as it is used. */
const event = z.discriminatedUnion("event_action", [
  z.strictObject({
    ...head,
    event_action: z.literal("trigger"),
    payload: z.strictObject({
      summary: z.string().min(1).max(1_024),
      source: z.string().min(1).max(255),
      severity: z.enum(["critical", "error", "warning", "info"]),
      timestamp: z.iso.datetime(),
      component: z.string(),
      group: z.string(),
      class: z.string(),
      custom_details: z.record(z.string(), z.unknown()),
    }),
    links: z.array(z.strictObject({ href: z.url(), text: z.string() })).optional(),
    client: z.string(),
  }),
  z.strictObject({ ...head, event_action: z.literal("resolve") }),
]);

let peer: HttpPeerServer;
const sinks: Sink[] = [];

beforeEach(async () => {
  peer = await HttpPeerServer.start();
  peer.answer = () => ({ status: 202, body: '{"status":"success","dedup_key":"x"}' });
});
afterEach(async () => {
  for (const sink of sinks.splice(0)) await sink.close();
  await peer[Symbol.asyncDispose]();
});

function start(host = "node-1") {
  const written = { "routing-key": routingKey, endpoint: peer.url };
  const around = new Trying(host);
  const sink = pagerduty.make(settingsOf(pagerduty.keys, written), around);
  sinks.push(sink);
  return { sink, around, send: (...batch: Outgoing[]) => sink.send(batch, inTime) };
}
const asked = () => peer.asked.map(({ body }) => event.parse(JSON.parse(String(body))));

it("triggers an incident, tells of what makes it graver, and resolves it by the same key", async () => {
  const { send } = start();
  await send(denied());
  await send(moved("Enforcing", "Quarantine"));
  await send(moved("Quarantine", "Enforcing"));
  const key = "pahlevan/prod/shop/checkout-policy/checkout";
  expect(asked()).toMatchObject([
    { event_action: "trigger", dedup_key: key, payload: { severity: "error", class: "denials" } },
    {
      event_action: "trigger",
      dedup_key: key,
      payload: {
        summary: "shop/checkout: Quarantine, 1 act denied",
        source: "node-1",
        severity: "critical",
        component: "shop/checkout",
        group: "shop",
        class: "Quarantine",
        custom_details: { "most of them": ["1 × deny exec /usr/bin/curl"] },
      },
      links: [{ href: "http://prometheus.example/graph?g0.expr=x" }],
    },
    { event_action: "resolve", dedup_key: key },
  ]);
  expect(peer.asked.every(({ path }) => path === "/v2/enqueue")).toBe(true);
});

it("has one incident of what two nodes tell", async () => {
  await start("node-1").send(called("page"));
  await start("node-2").send(called("page"));
  expect(new Set(asked().map(({ dedup_key }) => dedup_key)).size).toBe(1);
});

it.each([
  [[called("page")], "critical"],
  [[called("fail")], "error"],
  [[called("ask")], "warning"],
  [[moved("Enforcing", "Healing")], "warning"],
  [[moved("Enforcing", "RolledBack")], "error"],
  [[moved("Enforcing", "Emergency")], "critical"],
  [[moved("Enforcing", "Emergency"), denied()], "critical"],
])("gives case %# its severity", async (batch, severity) => {
  await start().send(...batch);
  expect(asked()).toMatchObject([{ payload: { severity } }]);
});

it("tells both of what began and ended at once, and only the end of what it forgot", async () => {
  await start().send(moved("Enforcing", "Quarantine"), moved("Quarantine", "Enforcing"));
  expect(asked()[0]).toMatchObject({ payload: { summary: "shop/checkout: was in trouble" } });
  await start().send(moved("Quarantine", "Enforcing"));
  expect(asked().map(({ event_action }) => event_action)).toEqual([
    "trigger",
    "resolve",
    "resolve",
  ]);
});

it("is told no news", async () => {
  expect(await start().send(convergedRecord())).toMatchObject({ sent: 1 });
  expect(peer.asked).toEqual([]);
});

it.each([
  [{ status: 400, body: '{"status":"invalid event"}' }, { refused: { status_400: 1 } }],
  [
    { status: 429, headers: { "retry-after": "12" } },
    { sent: 0, refused: {}, afterMs: 12_000 },
  ],
  [{ status: 500 }, { sent: 0, refused: {} }],
  ["cut", { sent: 0, refused: {} }],
] satisfies [Answer, object][])("that answers %j is taken at its word", async (answer, report) => {
  peer.answer = () => answer;
  const told = await start().send(denied());
  expect(told).toMatchObject(report);
  expect(told.again).toHaveLength("refused" in report && "status_400" in report.refused ? 0 : 1);
  expect(told.why).not.toContain(routingKey);
});

describe("whatever others chose as names", () => {
  it.each(Object.entries(hostile))("%s fits", async (_, object) => {
    const { send } = start();
    const why = object;
    await send(
      denied({ object, workload: object }),
      moved("Enforcing", "Quarantine", { workload: object, why, url: object }),
    );
    expect(asked()).toHaveLength(1);
    const [first] = peer.asked;
    expect(first?.body.length).toBeLessThan(limits.event);
  });
});

it("can be asked for without an event", async () => {
  peer.answer = () => ({ status: 400, body: '{"status":"invalid event"}' });
  expect(await start().sink.check(inTime)).toMatch(/PagerDuty answers/);
  peer.answer = () => ({ status: 404 });
  await expect(start().sink.check(inTime)).rejects.toThrow("404");
});
