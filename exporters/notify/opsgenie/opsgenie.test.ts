/**
 * What Opsgenie is sent, and what its answers mean. Opsgenie cannot be had: a server of the test's
 * own answers as docs.opsgenie.com/docs/alert-api says.
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
import { HttpPeerServer, type Answer, type Asked } from "../../../test/http-peer.ts";
import type { Outgoing } from "../../record.ts";
import type { Sink } from "../../sink.ts";
import { limits } from "./alert.ts";
import { opsgenie } from "./opsgenie.ts";

const apiKey = "11111111-2222-3333-4444-555555555555";
const created = z.strictObject({
  message: z.string().min(1).max(130),
  alias: z.string().min(1).max(512),
  description: z.string().max(15_000),
  entity: z.string().max(512),
  source: z.string().min(1).max(100),
  priority: z.enum(["P1", "P2", "P3", "P4", "P5"]),
  tags: z.array(z.string().max(50)).max(20),
  details: z.record(z.string(), z.string()),
});
const closed = z.strictObject({
  source: z.string().min(1).max(100),
  note: z.string().max(25_000),
});

let peer: HttpPeerServer;
const sinks: Sink[] = [];

beforeEach(async () => {
  peer = await HttpPeerServer.start();
  peer.answer = () => ({ status: 202, body: '{"result":"Request will be processed"}' });
});
afterEach(async () => {
  for (const sink of sinks.splice(0)) await sink.close();
  await peer[Symbol.asyncDispose]();
});

function start() {
  const settings = settingsOf(opsgenie.keys, { "api-key": apiKey, endpoint: peer.url });
  const sink = opsgenie.make(settings, new Trying());
  sinks.push(sink);
  return { sink, send: (...batch: Outgoing[]) => sink.send(batch, inTime) };
}
const bodyOf = ({ body }: Asked): unknown => JSON.parse(String(body));
const alias = "pahlevan%2Fprod%2Fshop%2Fcheckout-policy%2Fcheckout";

it("creates, raises and closes an alert by its alias", async () => {
  const { send } = start();
  await send(called("ask"));
  await send(moved("Enforcing", "Quarantine"));
  await send(moved("Quarantine", "Enforcing"));
  expect(peer.asked.map(({ method, path }) => `${method} ${path}`)).toEqual([
    "POST /v2/alerts",
    "POST /v2/alerts",
    `PUT /v2/alerts/${alias}/priority?identifierType=alias`,
    `POST /v2/alerts/${alias}/close?identifierType=alias`,
  ]);
  const [opened, again, raised, over] = peer.asked.map(bodyOf);
  expect(created.parse(opened)).toMatchObject({
    alias: decodeURIComponent(alias),
    message: "shop/checkout: somebody is to look",
    priority: "P3",
  });
  expect(created.parse(again)).toMatchObject({ alias: decodeURIComponent(alias), priority: "P1" });
  expect(raised).toEqual({ priority: "P1" });
  expect(closed.parse(over).note).toMatch(/over/);
  expect(peer.asked.every(({ headers }) => headers.authorization === `GenieKey ${apiKey}`)).toBe(
    true,
  );
});

it.each(Object.entries(hostile))("takes %s as a name", async (_, object) => {
  const { send } = start();
  const names = { workload: object, why: object, url: object };
  await send(denied({ object, workload: object }), moved("Enforcing", "Quarantine", names));
  await send(moved("Quarantine", "Enforcing", names));
  const [opened, over] = peer.asked.map(bodyOf);
  const alert = created.parse(opened);
  expect(alert.description).not.toMatch(/[<>]/);
  expect(Object.entries(alert.details).flat().join("").length).toBeLessThan(limits.details);
  closed.parse(over);
});

it.each([
  [{ status: 422, body: '{"message":"Request body is not processable"}' }, "refused", undefined],
  [{ status: 401 }, "again", undefined],
  [{ status: 429, headers: { "retry-after": "3" } }, "again", 3_000],
  [{ status: 503 }, "again", undefined],
  ["cut", "again", undefined],
] satisfies [Answer, string, number | undefined][])(
  "that answers %j means %s",
  async (answer, means, afterMs) => {
    peer.answer = () => answer;
    const report = await start().send(denied());
    expect(report.again.length > 0 ? "again" : "refused").toBe(means);
    expect(report).toMatchObject({ sent: 0 });
    expect(report.afterMs).toBe(afterMs);
    expect(report.why).not.toContain(apiKey);
  },
);

it("says whether the key is known", async () => {
  peer.answer = () => ({ status: 200, body: '{"data":[]}' });
  expect(await start().sink.check(inTime)).toMatch(/knows the key/);
  peer.answer = () => ({ status: 401 });
  await expect(start().sink.check(inTime)).rejects.toThrow("401");
});
