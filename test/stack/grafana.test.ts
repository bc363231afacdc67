/** Grafana's own alerting sends to the receiver: its messages, its signature, what it repeats. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import type { ReceiverParts } from "@pahlevan/signals/receiver.ts";
import { Store } from "../../agent/store/store.ts";
import { known, knownSecrets, Receiving, RememberingInbox } from "../receiving.ts";
import { BUILT_WITHIN_MS } from "./go-program.ts";
import {
  Grafana,
  grafanaMissing,
  grafanaProgram,
  timestampHeader,
  type ContactPoint,
  type GrafanaAlert,
} from "./monitoring/grafana.ts";
import { Listener, type Heard } from "./monitoring/listener.ts";

const why = await grafanaMissing();
const recorded = join(import.meta.dirname, "../../signals/fixtures/grafana.json");
const secret = known.grafana;

/** As Grafana's rules hand them over (pkg/services/ngalert/state/compat.go). */
function ruleFires(alertname: string, other: Partial<GrafanaAlert> = {}): GrafanaAlert {
  const rule = "cdeqmlhvflz40f";
  return {
    startsAt: "2026-11-22T06:30:10Z",
    endsAt: "2036-11-22T06:30:10Z",
    generatorURL: `https://grafana.example/alerting/grafana/${rule}/view`,
    ...other,
    labels: {
      __alert_rule_namespace_uid__: "bdeqmkz4d9b0g",
      __alert_rule_uid__: rule,
      alertname,
      grafana_folder: "Shop",
      namespace: "shop",
      pahlevan_signal: "rollback",
      policy: "checkout",
      ...other.labels,
    },
    annotations: {
      __orgId__: "1",
      __value_string__: "[ var='A' labels={} value=2.4 ], [ var='C' labels={} value=1 ]",
      __values__: '{"A":2.4,"C":1}',
      summary: "p99 is over 2 s",
      ...other.annotations,
    },
  };
}

const latency = ruleFires("Checkout latency");
const errors = ruleFires("Checkout errors", { annotations: { summary: "5 % fail" } });
const over = { endsAt: "2026-11-22T06:29:40Z" };
const began = { startsAt: "2026-11-22T06:20:10Z" };

/** What it sent of these alerts, once there are as many in a message. */
async function sent(
  alerts: readonly GrafanaAlert[],
  other: Partial<ContactPoint> = {},
): Promise<Heard> {
  await using listener = await Listener.listening();
  const url = `http://${listener.address}`;
  await using grafana = await Grafana.sendingTo({ url, secret, timestampHeader, ...other });
  grafana.put(alerts);
  const whole = () =>
    listener.heard.find(({ body }) => body.split('"fingerprint"').length > alerts.length);
  await expect.poll(whole).toBeDefined();
  const message = whole();
  if (message === undefined) throw new Error(grafana.said);
  return message;
}

/** The answer to what was heard elsewhere, sent here. */
async function answerTo({ headers, body }: Heard, parts: Partial<ReceiverParts> = {}) {
  await using receiving = await Receiving.start({ inbox: new RememberingInbox(), ...parts });
  const kept = ["content-type", "x-grafana-alerting-signature", timestampHeader.toLowerCase()];
  const answer = await fetch(`${receiving.url}/grafana`, {
    method: "POST",
    headers: Object.fromEntries(kept.map((name) => [name, String(headers[name] ?? "")])),
    body,
  });
  return { status: answer.status, told: await answer.json() };
}

async function start(parts: Partial<ReceiverParts> = {}, form: Partial<ContactPoint> = {}) {
  const stateDirectory = mkdtempSync(join(tmpdir(), "pahlevan-inbox-"));
  const store = Store.open({ stateDirectory, decisionsKept: 1 });
  const receiving = await Receiving.start({ inbox: store.signals, ...parts });
  const url = `${receiving.url}/grafana`;
  const grafana = await Grafana.sendingTo({ url, secret, timestampHeader, ...form });
  return {
    grafana,
    receiving,
    signals: () => store.signals.changedSince(0).map(({ signal }) => signal),
    rows: () =>
      store.signals
        .changedSince(0)
        .map(({ signal }) => `${signal.by} ${signal.status}`)
        .toSorted(),
    answered: (code: string) =>
      receiving.receiver.counts.requests().find((each) => each.code === code)?.count ?? 0,
    async [Symbol.asyncDispose]() {
      await grafana[Symbol.asyncDispose]();
      await receiving[Symbol.asyncDispose]();
      store.close();
      rmSync(stateDirectory, { recursive: true });
    },
  };
}

describe.skipIf(why !== undefined)(`Grafana's alerting (${why ?? "over loopback"})`, () => {
  beforeAll(() => grafanaProgram(), BUILT_WITHIN_MS);

  it("fires two alerts of a group, and resolves one: two rows, and their last status", async () => {
    await using all = await start();
    all.grafana.put([latency, errors]);
    await expect.poll(all.rows).toEqual(["Checkout errors firing", "Checkout latency firing"]);
    expect(all.signals().find(({ by }) => by === "Checkout latency")).toMatchObject({
      kind: "rollback",
      source: "grafana",
      fingerprint: expect.stringMatching(/^1:[0-9a-f]{16}$/) as unknown,
      target: { namespace: "shop", policy: "checkout" },
      says: "p99 is over 2 s",
      startsAtMs: Date.parse("2026-11-22T06:30:10Z"),
      url: "https://grafana.example/alerting/grafana/cdeqmlhvflz40f/view?orgId=1",
    });
    all.grafana.put([{ ...errors, endsAt: new Date().toISOString() }]);
    await expect.poll(all.rows).toEqual(["Checkout errors resolved", "Checkout latency firing"]);
    expect(all.grafana.failures).toBe(0);
  });

  it("comes again at its next turn with what could not be written down", async () => {
    const inbox = new RememberingInbox();
    inbox.answer = () => Promise.resolve({ full: true });
    await using all = await start({ inbox });
    all.grafana.put([latency]);
    await expect.poll(() => all.answered("503")).toBeGreaterThan(1);
    expect(all.grafana.said).toMatch(/canceled due to unrecoverable error after 1 attempts/);
    inbox.answer = () => Promise.resolve({ changed: 1, known: 0 });
    await expect.poll(() => all.answered("200")).toBe(1);
    expect(inbox.messages.at(-1)).toMatchObject({ signals: [{ by: "Checkout latency" }] });
  });

  it("of what it leaves out nobody asks Alertmanager", async () => {
    const pull = { alerts: () => Promise.reject(new Error("nobody is there")) };
    await using all = await start({ pull }, { maxAlerts: 1 });
    all.grafana.put([latency, errors]);
    await expect.poll(all.rows).toHaveLength(1);
    expect(all.answered("503")).toBe(0);
  });

  it("moves nothing where a rule's query has no result", async () => {
    const inbox = new RememberingInbox();
    await using all = await start({ inbox });
    const labels = { rulename: "Checkout latency" };
    all.grafana.put([
      ruleFires("DatasourceNoData", { labels }),
      ruleFires("DatasourceError", { labels }),
    ]);
    const { counts } = all.receiving.receiver;
    await expect.poll(() => counts.outcomes()[0]?.count).toBeGreaterThanOrEqual(2);
    expect(counts.outcomes().map(({ outcome }) => outcome)).toEqual(["ignored"]);
    expect(inbox.messages).toEqual([]);
  });

  describe("a message that was heard", () => {
    it("is the recorded one (vitest -u records it)", async () => {
      const { headers, body } = await sent([latency, { ...errors, ...began, ...over }]);
      expect(headers).toMatchObject({ "content-type": "application/json" });
      await expect(`${JSON.stringify(JSON.parse(body), null, 2)}\n`).toMatchFileSnapshot(recorded);
    });

    it("is taken, and refused with another body, five minutes later, or by another secret", async () => {
      const heard = await sent([latency]);
      expect(await answerTo(heard)).toMatchObject({ status: 200, told: { new: 1, refused: 0 } });
      const body = heard.body.replace('"policy":"checkout"', '"policy":"payment"');
      expect(body).not.toBe(heard.body);
      expect((await answerTo({ ...heard, body })).status).toBe(401);
      const nowMs = () => Date.now() + 310_000;
      expect((await answerTo(heard, { nowMs })).status).toBe(401);
      const secrets = { of: () => knownSecrets.of("alertmanager", 0) };
      expect((await answerTo(heard, { secrets })).status).toBe(401);
    });

    it("is refused where the form's field for the timestamp was left empty", async () => {
      const heard = await sent([latency], { timestampHeader: "" });
      expect(heard.headers["x-grafana-alerting-signature"]).toMatch(/^[0-9a-f]{64}$/);
      expect((await answerTo(heard)).status).toBe(401);
    });
  });
});
