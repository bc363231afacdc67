/** Whatever is sent: a status that is documented, bounded memory, and the next sender is served. */
import { createHmac } from "node:crypto";
import { connect } from "node:net";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { known, Receiving, RememberingInbox } from "../test/receiving.ts";
import { signalKinds } from "@pahlevan/core/loop/signal.ts";
import { receivers, type ReceiverName } from "./credential-lines.ts";

const documented = [200, 400, 401, 404, 405, 408, 413, 415, 429, 503];
const plenty = { rate: { perSecond: 1e6, burst: 1e6 }, wrongRate: { perSecond: 1e6, burst: 1e6 } };

const secrets: Readonly<Record<ReceiverName, string>> = known;

/** Right credentials, so that the body is looked at. */
function credentials(receiver: ReceiverName, body: Buffer): Record<string, string> {
  if (receiver !== "generic") return { authorization: `Bearer ${secrets[receiver]}` };
  const seconds = String(Math.floor(Date.now() / 1_000));
  const key = Buffer.from(known.generic.slice("whsec_".length), "base64");
  const over = createHmac("sha256", key).update(`m.${seconds}.`).update(body).digest("base64");
  return { "webhook-id": "m", "webhook-timestamp": seconds, "webhook-signature": `v1,${over}` };
}

const text = fc.oneof(fc.string({ unit: "binary" }), fc.string(), fc.constant(null), fc.nat());
const labels = fc.dictionary(
  fc.oneof(fc.constantFrom("pahlevan_signal", "namespace", "policy", "alertname"), fc.string()),
  fc.oneof(fc.constantFrom(...signalKinds, "heartbeat", "Watchdog", "web"), text),
);
const alert = fc.record(
  {
    status: fc.oneof(fc.constantFrom("firing", "resolved"), text),
    labels,
    annotations: labels,
    startsAt: fc.oneof(
      fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
      text,
    ),
    endsAt: text,
    generatorURL: fc.oneof(fc.webUrl(), text),
    fingerprint: text,
  },
  { requiredKeys: [] },
);
const message = fc.oneof(
  fc.record(
    { version: fc.constantFrom("4", "1"), alerts: fc.array(alert), truncatedAlerts: text },
    { requiredKeys: ["alerts"] },
  ),
  fc.record({
    source: fc.constant("datadog"),
    v: fc.constant(1),
    alert_id: text,
    cycle: text,
    transition: fc.oneof(fc.constantFrom("Triggered", "Recovered"), text),
    tags: fc.oneof(fc.constant("pahlevan_signal:rollback,policy:web"), text),
  }),
  fc.record({
    type: fc.constant("pahlevan.signal"),
    timestamp: fc.constant(new Date().toISOString()),
    data: fc.record({ signal: fc.constantFrom(...signalKinds), policy: text, id: text }),
  }),
  fc.jsonValue(),
);
const body = fc.oneof(
  message.map((value) => Buffer.from(JSON.stringify(value) ?? "")),
  fc.uint8Array({ maxLength: 2_000 }).map((bytes) => Buffer.from(bytes)),
);

function isClean(said: unknown): boolean {
  return typeof said === "string" && said.isWellFormed() && said.length <= 1_000;
}

describe("any body", () => {
  it.each(receivers)(
    "to %s is answered as documented, and what is taken is clean",
    async (receiver) => {
      const inbox = new RememberingInbox();
      await using receiving = await Receiving.start({ inbox, limits: plenty });
      const property = fc.asyncProperty(body, async (bytes) => {
        const { status } = await fetch(`${receiving.url}/${receiver}`, {
          method: "POST",
          body: bytes,
          headers: { "content-type": "application/json", ...credentials(receiver, bytes) },
        });
        expect([200, 400]).toContain(status);
      });
      await fc.assert(property, { numRuns: 150 });
      for (const { signals } of inbox.messages) {
        for (const { by, says, fingerprint, target, url = "http://a" } of signals) {
          const names: readonly unknown[] = Object.values(target);
          for (const each of [by, says, fingerprint, ...names]) {
            expect(each).toSatisfy(isClean);
            expect(each).not.toMatch(/[\p{Cc}\u2028\u2029]/u);
          }
          expect(url).toMatch(/^https?:\/\//);
        }
      }
      expect(receiving.receiver.door.inWorkBytes).toBe(0);
    },
  );
});

/** Sends bytes as they are; what comes back until the other side ends it. */
async function raw(port: number, bytes: Buffer): Promise<string> {
  const socket = connect({ port, host: "127.0.0.1" });
  socket.end(bytes);
  let said = "";
  try {
    for await (const chunk of socket) said += String(chunk);
  } catch {
    // Hung up on: what was said before that counts.
  }
  return said;
}

describe("any bytes", () => {
  const line = fc.constantFrom(
    "POST /v1/signals/alertmanager HTTP/1.1",
    "POST /v1/signals/generic HTTP/1.1",
    "PUT /v1/signals/grafana HTTP/1.0",
    "GET /v1/signals/../../etc HTTP/1.1",
    "POST /v1/signals/ HTTP/1.1",
  );
  const header = fc.constantFrom(
    "host: a",
    "content-type: application/json",
    `authorization: Bearer ${known.alertmanager}`,
    "authorization: Basic !!!",
    "content-length: 5",
    "content-length: -1",
    "content-length: 99999999999999999999",
    "transfer-encoding: chunked",
    "webhook-id: a",
    "webhook-timestamp: 1",
    "expect: 100-continue",
    "connection: close",
    "x-grafana-alerting-signature: \u00ff",
  );
  const tail = fc.uint8Array({ maxLength: 300 });
  const request = fc
    .tuple(line, fc.array(header, { maxLength: 6 }), tail)
    .map(([first, headers, bytes]) => {
      const head = `${[first, ...headers].join("\r\n")}\r\n\r\n`;
      return Buffer.concat([Buffer.from(head, "latin1"), Buffer.from(bytes)]);
    });

  it("are answered as documented, or as Node answers what is no HTTP", async () => {
    const inbox = new RememberingInbox();
    const limits = { ...plenty, bodyMs: 200 };
    await using receiving = await Receiving.start({ inbox, limits });
    const property = fc.asyncProperty(request, async (bytes) => {
      const said = await raw(receiving.port, bytes);
      const statuses = [...said.matchAll(/^HTTP\/1\.1 (\d+)/gm)].map(([, code]) => Number(code));
      for (const status of statuses) expect([100, 417, ...documented]).toContain(status);
    });
    await fc.assert(property, { numRuns: 200 });
    await expect.poll(() => receiving.receiver.door.inWorkBytes).toBe(0);
    expect(inbox.messages).toEqual([]);
  });
});

describe("memory", () => {
  it("is bounded, however many send large bodies at once", async () => {
    const inbox = new RememberingInbox();
    const limits = { ...plenty, inWorkBytes: 4 << 20 };
    await using receiving = await Receiving.start({ inbox, limits });
    let most = 0;
    const watch = setInterval(
      () => (most = Math.max(most, receiving.receiver.door.inWorkBytes)),
      1,
    );
    const large = Buffer.from(`{"alerts":[],"x":"${"y".repeat(1 << 20)}"}`);
    const statuses = await Promise.all(
      Array.from({ length: 24 }, async () => {
        const headers = credentials("alertmanager", large);
        const sent = fetch(`${receiving.url}/alertmanager`, {
          method: "POST",
          body: large,
          headers: { "content-type": "application/json", ...headers },
        });
        // Hung up on while it still sends: to its sender that is an error like another.
        return sent.then(({ status }) => status).catch(() => 503);
      }),
    );
    clearInterval(watch);
    for (const status of statuses) expect([200, 503]).toContain(status);
    expect(statuses).toContain(200);
    expect(most).toBeLessThanOrEqual(4 << 20);
    expect(receiving.receiver.door.inWorkBytes).toBe(0);
  });
});
