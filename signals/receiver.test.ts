/** What each sender is told, and when. */
import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { describe, expect, it } from "vitest";
import { known, Receiving, RememberingInbox } from "../test/receiving.ts";
import type { Accepted } from "./inbox.ts";
import type { ReceiverParts } from "./receiver.ts";
import type { ReceiverName } from "./credential-lines.ts";

const recorded = (name: string) =>
  readFileSync(new URL(`fixtures/${name}.json`, import.meta.url), "utf8");

/** Typed, where `expect`'s own is any. */
const like = (pattern: RegExp): unknown => expect.stringMatching(pattern);

function listIn(text: string): object[] {
  const list: unknown = JSON.parse(text);
  const items: readonly unknown[] = Array.isArray(list) ? list : [];
  return items.filter((each) => typeof each === "object" && each !== null);
}

async function start(parts: Partial<ReceiverParts> = {}) {
  const inbox = new RememberingInbox();
  const receiving = await Receiving.start({ inbox, ...parts });
  const post = (
    receiver: ReceiverName,
    body: string | ReadableStream,
    headers: Readonly<Record<string, string>> = {},
    method = "POST",
  ) =>
    fetch(`${receiving.url}/${receiver}`, {
      method,
      body,
      // A body that is streamed is one of unknown length.
      ...(typeof body !== "string" && { duplex: "half" }),
      headers: { "content-type": "application/json", ...headers },
    });
  const alertmanager = (body: string, headers: Readonly<Record<string, string>> = {}) =>
    post("alertmanager", body, { authorization: `Bearer ${known.alertmanager}`, ...headers });
  return { inbox, receiving, post, alertmanager };
}

function signed(body: string, id = "msg_1"): Record<string, string> {
  const seconds = String(Math.floor(Date.now() / 1_000));
  const key = Buffer.from(known.generic.slice("whsec_".length), "base64");
  const over = createHmac("sha256", key).update(`${id}.${seconds}.${body}`).digest("base64");
  return { "webhook-id": id, "webhook-timestamp": seconds, "webhook-signature": `v1,${over}` };
}

const generic = (data: Readonly<Record<string, unknown>>) =>
  JSON.stringify({ type: "pahlevan.signal", timestamp: new Date().toISOString(), data });

describe("a message", () => {
  it("is answered when the inbox has it, and not before", async () => {
    const { inbox, receiving, alertmanager } = await start();
    await using _ = receiving;
    const { promise, resolve } = Promise.withResolvers<Accepted>();
    inbox.answer = () => promise;
    const answer = alertmanager(recorded("alertmanager-firing"));
    await expect.poll(() => inbox.messages.length).toBe(1);
    const early = await Promise.race([answer, new Promise((go) => setImmediate(go, "none"))]);
    expect(early).toBe("none");
    resolve({ changed: 1, known: 0 });
    expect((await answer).status).toBe(200);
    expect(receiving.receiver.door.inWorkBytes).toBe(0);
  });

  it("hears what became of each of its alerts", async () => {
    const { inbox, receiving, alertmanager } = await start();
    await using _ = receiving;
    const of = (labels: Record<string, string>) => ({
      status: "firing",
      startsAt: "2026-11-22T06:30:00Z",
      labels,
    });
    const alerts = [
      of({ alertname: "ErrorsHigh", pahlevan_signal: "rollback", policy: "web" }),
      of({ alertname: "Plain" }),
      of({ alertname: "Odd", pahlevan_signal: "reboot" }),
      of({ alertname: "Watchdog" }),
    ];
    const answer = await alertmanager(JSON.stringify({ version: "4", alerts }));
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({
      new: 1,
      known: 0,
      heartbeats: 1,
      ignored: 1,
      refused: 1,
      why: [{ alert: "Odd", why: like(/no signal 'reboot'/) }],
    });
    expect(inbox.messages[0]?.signals).toHaveLength(1);
    expect(inbox.messages[0]?.heartbeats).toHaveLength(1);
    expect(receiving.receiver.counts.outcomes()).toEqual([
      { source: "alertmanager", outcome: "new", count: 1 },
      { source: "alertmanager", outcome: "ignored", count: 1 },
      { source: "alertmanager", outcome: "refused", count: 1 },
    ]);
  });

  it("that is of no concern troubles no inbox", async () => {
    const { inbox, receiving, alertmanager } = await start();
    await using _ = receiving;
    expect((await alertmanager(recorded("alertmanager-no-lever"))).status).toBe(200);
    expect(inbox.messages).toEqual([]);
  });

  it("of Grafana is taken by its signature, also as a PUT", async () => {
    const { inbox, receiving, post } = await start();
    await using _ = receiving;
    const body = recorded("grafana");
    const seconds = String(Math.floor(Date.now() / 1_000));
    const headers = {
      "x-grafana-alerting-timestamp": seconds,
      "x-grafana-alerting-signature": createHmac("sha256", known.grafana)
        .update(`${seconds}:${body}`)
        .digest("hex"),
    };
    for (const method of ["POST", "PUT"])
      expect((await post("grafana", body, headers, method)).status).toBe(200);
    expect((await post("grafana", `${body} `, headers)).status).toBe(401);
    expect(inbox.messages.map(({ signals }) => signals.length)).toEqual([2, 2]);
  });

  it("of a script is taken by its signature, and refused as a whole", async () => {
    const { inbox, receiving, post } = await start();
    await using _ = receiving;
    const right = generic({ signal: "rollback", policy: "web" });
    expect((await post("generic", right, signed(right))).status).toBe(200);
    const wrong = generic({ signal: "dance" });
    const answer = await post("generic", wrong, signed(wrong));
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ why: [{ why: like(/dance/) }] });
    expect((await post("generic", right, signed(wrong))).status).toBe(401);
    expect(inbox.messages).toHaveLength(1);
  });
});

describe("the inbox", () => {
  it("that is full, or fails, makes the sender come again, and is complained of", async () => {
    const { inbox, receiving, alertmanager } = await start();
    await using _ = receiving;
    for (const answer of [
      () => Promise.resolve({ full: true as const }),
      () => Promise.reject(new Error("disk full")),
    ]) {
      inbox.answer = answer;
      const { status, headers } = await alertmanager(recorded("alertmanager-firing"));
      expect(status).toBe(503);
      expect(Number(headers.get("retry-after"))).toBeGreaterThan(0);
    }
    expect(receiving.complaints).toEqual([
      expect.stringContaining("full"),
      expect.stringContaining("disk full"),
    ]);
    inbox.answer = () => Promise.resolve({ changed: 1, known: 0 });
    expect((await alertmanager(recorded("alertmanager-firing"))).status).toBe(200);
  });
});

describe("alerts that a message leaves out", () => {
  const truncated = recorded("alertmanager-truncated");

  it("are asked for, and taken with it", async () => {
    const alerts = listIn(recorded("alertmanager-api"));
    const firing = alerts.map((each) => ({ ...each, status: "firing" }));
    const pull = { alerts: () => Promise.resolve(firing) };
    const { inbox, receiving, alertmanager } = await start({ pull });
    await using _ = receiving;
    const answer = await alertmanager(truncated);
    expect(await answer.json()).toMatchObject({ truncated: 1, asked: true });
    expect(inbox.messages).toHaveLength(1);
    const policies = inbox.messages[0]?.signals.map(({ target }) => target.policy);
    expect(policies).toEqual(["p1", "p2", "p1", "p2", "p3"]);
  });

  it("that cannot be had make the sender come again; what came is kept", async () => {
    const pull = { alerts: () => Promise.reject(new Error("no route")) };
    const { inbox, receiving, alertmanager } = await start({ pull });
    await using _ = receiving;
    expect((await alertmanager(truncated)).status).toBe(503);
    expect(inbox.messages[0]?.signals).toHaveLength(2);
    expect(receiving.complaints).toEqual([expect.stringContaining("no route")]);
  });

  it("are said to be missing where nobody can be asked", async () => {
    const { receiving, alertmanager } = await start();
    await using _ = receiving;
    const answer = await alertmanager(truncated);
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ truncated: 1, asked: false });
  });
});

describe("a request", () => {
  it.each<[string, number, () => [ReceiverName, string, Record<string, string>?, string?]]>([
    ["with no credentials", 401, () => ["alertmanager", "{}"]],
    ["with another's", 401, () => ["datadog", "{}", { authorization: `Bearer ${known.grafana}` }]],
    ["of no type", 415, () => ["alertmanager", "{}", { "content-type": "text/plain" }]],
    ["that is packed", 415, () => ["alertmanager", "{}", { "content-encoding": "gzip" }]],
    ["that only looks", 405, () => ["alertmanager", "{}", {}, "PUT"]],
  ])("%s is answered %d", async (_what, status, of) => {
    const { inbox, receiving, post } = await start();
    await using _ = receiving;
    expect((await post(...of())).status).toBe(status);
    expect(inbox.messages).toEqual([]);
  });

  it.each([
    ["no JSON", "{", /no JSON/],
    ["no message", "[]", /./],
    ["another version", '{"version":"9","alerts":[]}', /version/],
    ["too deep", "[".repeat(99), /deeper/],
  ])("that is %s will never be right", async (_what, body, why) => {
    const { receiving, alertmanager } = await start();
    await using _ = receiving;
    const answer = await alertmanager(body);
    expect(answer.status).toBe(400);
    expect(await answer.json()).toEqual({ error: like(why) });
  });

  it("to another path hears which there are", async () => {
    const { receiving } = await start();
    await using _ = receiving;
    const answer = await fetch(`${receiving.url}/pagerduty`, { method: "POST", body: "{}" });
    expect(answer.status).toBe(404);
    expect(await answer.text()).toContain("/v1/signals/alertmanager");
  });

  it("by either of two live secrets is taken", async () => {
    const { receiving, post } = await start();
    await using _ = receiving;
    for (const secret of [known.alertmanager, known.alertmanagerNext]) {
      const headers = { authorization: `Bearer ${secret}` };
      expect((await post("alertmanager", '{"alerts":[]}', headers)).status).toBe(200);
    }
  });

  it("that is too large is refused, whether or not it says so before", async () => {
    const { receiving, post } = await start();
    await using _ = receiving;
    const large = "x".repeat(300 << 10);
    const headers = { authorization: `Bearer ${known.datadog}` };
    expect((await post("datadog", large, headers)).status).toBe(413);
    const stream = new Blob([large]).stream();
    expect((await post("datadog", stream, headers)).status).toBe(413);
    expect(receiving.receiver.door.inWorkBytes).toBe(0);
  });

  it("for which there is no room has to come again", async () => {
    const { receiving, alertmanager } = await start({ limits: { inWorkBytes: 1_000 } });
    await using _ = receiving;
    const { status, headers } = await alertmanager(`{"alerts":[],"x":"${"y".repeat(2_000)}"}`);
    expect(status).toBe(503);
    expect(headers.has("retry-after")).toBe(true);
    expect(receiving.receiver.door.inWorkBytes).toBe(0);
    expect((await alertmanager('{"alerts":[]}')).status).toBe(200);
  });

  it("of a stranger takes no room from those who are known", async () => {
    const { receiving, alertmanager, post } = await start({ limits: { unprovedBytes: 10 } });
    await using _ = receiving;
    const body = generic({ signal: "rollback", policy: "web" });
    expect((await post("generic", body, { ...signed(body), "webhook-id": "x" })).status).toBe(503);
    expect((await alertmanager(recorded("alertmanager-firing"))).status).toBe(200);
  });

  it("that comes too often hears it in the way that its sender understands", async () => {
    const rate = { perSecond: 0, burst: 1 };
    const { receiving, alertmanager, post } = await start({ limits: { rate } });
    await using _ = receiving;
    const body = generic({ signal: "rollback", policy: "web" });
    const both = async () => [
      (await alertmanager('{"alerts":[]}')).status,
      (await post("generic", body, signed(body))).status,
    ];
    expect(await both()).toEqual([200, 200]);
    expect(await both()).toEqual([503, 429]);
  });

  it("with wrong credentials, again and again, is not even looked at", async () => {
    const wrongRate = { perSecond: 0, burst: 2 };
    const { receiving, alertmanager, post } = await start({ limits: { wrongRate } });
    await using _ = receiving;
    const body = generic({ signal: "rollback", policy: "web" });
    const guess = () => post("generic", body, { ...signed(body), "webhook-id": "other" });
    const statuses = [];
    for (let times = 0; times < 4; times++) statuses.push((await guess()).status);
    expect(statuses).toEqual([401, 401, 429, 429]);
    expect((await post("alertmanager", "{}")).status).toBe(429);
    // Who has the right ones is not locked out by a neighbour.
    expect((await alertmanager('{"alerts":[]}')).status).toBe(200);
  });

  it("that never ends is given up", async () => {
    const { receiving } = await start({ limits: { bodyMs: 20 } });
    await using _ = receiving;
    const socket = connect(receiving.port, "127.0.0.1");
    socket.write(
      "POST /v1/signals/alertmanager HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n" +
        `authorization: Bearer ${known.alertmanager}\r\ncontent-length: 100\r\n\r\n{`,
    );
    let said = "";
    for await (const chunk of socket) said += String(chunk);
    expect(said).toMatch(/^HTTP\/1.1 408 /);
    expect(receiving.receiver.door.inWorkBytes).toBe(0);
  });

  it("whose sender goes away leaves nothing behind", async () => {
    const { inbox, receiving, alertmanager } = await start();
    await using _ = receiving;
    const socket = connect(receiving.port, "127.0.0.1");
    const head = "POST /v1/signals/alertmanager HTTP/1.1\r\nhost: a\r\n";
    const rest = `content-type: application/json\r\ncontent-length: 100\r\n\r\n{"alerts":`;
    socket.write(`${head}authorization: Bearer ${known.alertmanager}\r\n${rest}`);
    await expect.poll(() => receiving.receiver.door.inWorkBytes).toBeGreaterThan(0);
    socket.destroy();
    await expect.poll(() => receiving.receiver.door.inWorkBytes).toBe(0);
    expect((await alertmanager('{"alerts":[]}')).status).toBe(200);
    expect(inbox.messages).toEqual([]);
  });
});
