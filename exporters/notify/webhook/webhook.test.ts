/** Webhooks: CloudEvents as the specification has them, signatures that others can check. */
import { createHmac } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import {
  convergedRecord,
  denied,
  hostile,
  inTime,
  moved,
  settingsOf,
  Trying,
} from "../../../test/exporters/notify-trying.ts";
import { HttpPeerServer, type Asked } from "../../../test/http-peer.ts";
import { examples } from "../../examples.ts";
import { Outgoing } from "../../record.ts";
import type { Sink } from "../../sink.ts";
import { webhook } from "./webhook.ts";

const key = Buffer.from("0123456789abcdef0123456789abcdef");
const secret = `whsec_${key.toString("base64")}`;
const nextKey = Buffer.from("fedcba9876543210fedcba9876543210");

/** CloudEvents 1.0.2, JSON format, and its extension for traces. */
const cloudEvent = z.strictObject({
  specversion: z.literal("1.0"),
  id: z.string().min(1),
  source: z.string().regex(/^\/pahlevan\/[^/\s]*\/[^/\s]*$/),
  type: z.string().regex(/^[a-z_.]+$/),
  subject: z.string().min(1),
  time: z.iso.datetime({ precision: null }),
  datacontenttype: z.literal("application/json"),
  data: z.looseObject({ event: z.string(), id: z.string() }),
  severity: z.string(),
  incident: z.string().max(255).optional(),
  traceparent: z
    .string()
    .regex(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/)
    .optional(),
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

function start(written: Readonly<Record<string, string>> = {}) {
  const around = new Trying();
  const settings = settingsOf(webhook.keys, { url: `${peer.url}/hook`, ...written });
  const sink = webhook.make(settings, around);
  sinks.push(sink);
  return { around, sink, send: (...batch: Outgoing[]) => sink.send(batch, inTime) };
}
const json = ({ body }: Asked): unknown => JSON.parse(String(body));
const all = () => examples("2026-11-22T12:00:00.123456789Z").map((line) => Outgoing.of(line));

describe("as CloudEvents", () => {
  it("each record is one, whatever it tells", async () => {
    expect(await start().send(...all())).toEqual({ sent: 6, again: [], refused: {} });
    for (const asked of peer.asked) {
      expect(asked.headers["content-type"]).toBe("application/cloudevents+json; charset=utf-8");
      const event = cloudEvent.parse(json(asked));
      expect(event.id).toBe(event.data.id);
      expect(event.source).toBe("/pahlevan/prod/node-1");
    }
  });

  it("records of one incident carry its key, others none", async () => {
    await start().send(denied(), moved("Quarantine", "Enforcing"), convergedRecord());
    const key = "pahlevan/prod/shop/checkout-policy/checkout";
    expect(peer.asked.map((asked) => cloudEvent.parse(json(asked)).incident)).toEqual([
      key,
      key,
      undefined,
    ]);
  });

  it("several go in a batch where that is wanted", async () => {
    await start({ "batch-records": "4" }).send(...all());
    expect(peer.asked.map((asked) => z.array(cloudEvent).parse(json(asked)).length)).toEqual([
      4, 2,
    ]);
    expect(peer.asked[0]?.headers["content-type"]).toBe(
      "application/cloudevents-batch+json; charset=utf-8",
    );
  });

  it.each(Object.entries(hostile))(
    "%s as a name changes no attribute's form",
    async (_, object) => {
      await start().send(denied({ object, workload: object }));
      const [asked] = peer.asked;
      expect(asked && cloudEvent.parse(json(asked)).data["object"]).toBe(object);
    },
  );
});

it("in the form of Standard Webhooks has a type, a time and the record", async () => {
  await start({ format: "pahlevan" }).send(denied());
  expect(peer.json()).toMatchObject({
    type: "pahlevan.decision",
    timestamp: "2026-11-22T12:00:00.000000001Z",
    data: { object: "/usr/bin/curl", cluster: "prod", host: "node-1", severity: "error" },
  });
});

describe("the signature", () => {
  const signature = ({ headers, body }: Asked, by: Buffer) => {
    const said = `${String(headers["webhook-id"])}.${String(headers["webhook-timestamp"])}.`;
    return `v1,${createHmac("sha256", by).update(said).update(body).digest("base64")}`;
  };

  it("is over the id, the time and the body, by each live key", async () => {
    await start({ secret: `${secret}, whsec_${nextKey.toString("base64")}` }).send(denied());
    const [asked] = peer.asked;
    expect(asked?.headers["webhook-timestamp"]).toBe("1795348800");
    expect(asked?.headers["webhook-signature"]?.toString().split(" ")).toEqual(
      asked && [signature(asked, key), signature(asked, nextKey)],
    );
  });

  it("has the same id in each attempt, and the attempt's time", async () => {
    const { send, around } = start({ secret });
    peer.answer = () => ({ status: 503 });
    const { again } = await send(denied());
    around.passes(90_000);
    peer.answer = () => ({ status: 204 });
    await send(...again);
    const [first, second] = peer.asked.map(({ headers }) => headers);
    expect(second?.["webhook-id"]).toBe(first?.["webhook-id"]);
    expect(Number(second?.["webhook-timestamp"]) - Number(first?.["webhook-timestamp"])).toBe(90);
  });

  it.each(["", " "])("is left away without a key", async (none) => {
    await start({ secret: none }).send(denied());
    expect(peer.asked[0]?.headers).not.toHaveProperty("webhook-signature");
  });

  it.each(["whsec_short", "a-password-that-is-no-key", `${secret},${secret},${secret}`])(
    "by %s is refused without repeating it",
    (wrong) => {
      expect(() => start({ secret: wrong })).toThrow(/^secret (takes|has)/);
      expect(() => start({ secret: wrong })).not.toThrow(wrong);
    },
  );
});

it("goes on after what is refused, and stops at what is to be tried again", async () => {
  const [one, two, three, four] = [denied(), denied(), denied(), denied()];
  const answers = [200, 422, 503];
  peer.answer = () => ({ status: answers.shift() ?? 200 });
  expect(await start().send(one, two, three, four)).toMatchObject({
    sent: 1,
    refused: { status_422: 1 },
    again: [three, four],
  });
});

it("shows the peer what it is asked to", async () => {
  await start({ authorization: "Bearer x", headers: "x-team=sec" }).send(denied());
  expect(peer.asked[0]?.headers).toMatchObject({ authorization: "Bearer x", "x-team": "sec" });
});

it("is tried by a question that changes nothing", async () => {
  peer.answer = () => ({ status: 204 });
  expect(await start().sink.check(inTime)).toMatch(/204/);
  expect(peer.asked.map(({ method }) => method)).toEqual(["OPTIONS"]);
  peer.answer = () => ({ status: 401 });
  await expect(start().sink.check(inTime)).rejects.toThrow("401");
});
