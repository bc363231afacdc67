/** A real Alertmanager sends to the receiver: what it fires, resolves and leaves out arrives. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Pull } from "@pahlevan/signals/pull.ts";
import { Store } from "../../agent/store/store.ts";
import { known, Receiving } from "../receiving.ts";
import { installed, Server } from "./monitoring/server.ts";

const command = installed("prometheus-alertmanager", "alertmanager");
const missing =
  command === undefined ? "needs Alertmanager (Debian: prometheus-alertmanager)" : undefined;

interface Alert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly startsAt?: string;
  readonly endsAt?: string;
  readonly generatorURL?: string;
}

/** It tells two alerts in a message, whatever there are, and all of them again every second. */
function sendingTo(url: string, secret: string): Promise<Server> {
  const webhook = {
    url,
    send_resolved: true,
    max_alerts: 2,
    http_config: { authorization: { credentials_file: "secret" } },
  };
  const route = {
    receiver: "pahlevan",
    group_by: ["alertname"],
    group_wait: "0s",
    group_interval: "1s",
    repeat_interval: "1s",
  };
  const receivers = [{ name: "pahlevan", webhook_configs: [webhook] }];
  // JSON is YAML.
  const files = { "alertmanager.yml": JSON.stringify({ route, receivers }), secret };
  return Server.start(command ?? "alertmanager", files, (folder) => [
    `--config.file=${join(folder, "alertmanager.yml")}`,
    `--storage.path=${join(folder, "data")}`,
    "--cluster.listen-address=",
  ]);
}

async function start(secret: string = known.alertmanager) {
  const stateDirectory = mkdtempSync(join(tmpdir(), "pahlevan-inbox-"));
  const store = Store.open({ stateDirectory, decisionsKept: 1 });
  // Each has to know where the other is.
  const later: { pull?: Pull } = {};
  const pull = { alerts: async () => (await later.pull?.alerts()) ?? [] };
  const receiving = await Receiving.start({ inbox: store.signals, pull });
  const alertmanager = await sendingTo(`${receiving.url}/alertmanager`, secret);
  const url = `http://${alertmanager.address}`;
  later.pull = new Pull({ url });
  return {
    receiving,
    store,
    async post(alerts: readonly Alert[]): Promise<void> {
      const { status } = await fetch(`${url}/api/v2/alerts`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(alerts),
      });
      if (status !== 200) throw new Error(`alertmanager answered ${status}`);
    },
    /** Of each alert: which policy, and its status. */
    rows: () =>
      store.signals
        .changedSince(0)
        .map(({ signal }) => `${signal.target.policy} ${signal.status}`)
        .sort(),
    answered: (code: string) =>
      receiving.receiver.counts.requests().find((each) => each.code === code)?.count ?? 0,
    async [Symbol.asyncDispose]() {
      await alertmanager[Symbol.asyncDispose]();
      await receiving[Symbol.asyncDispose]();
      store.close();
      rmSync(stateDirectory, { recursive: true });
    },
  };
}

const lever = (policy: string, alertname = "CheckoutErrorsHigh"): Alert => ({
  labels: { alertname, namespace: "shop", policy, pahlevan_signal: "rollback", severity: "page" },
  annotations: { summary: "Checkout fails", description: "5 % of requests" },
  generatorURL: "http://prometheus.example:9090/graph?g0.expr=up",
});

describe.skipIf(missing !== undefined)(`Alertmanager (${missing ?? "over loopback"})`, () => {
  it("fires, sends again and resolves: one row, and its last status", async () => {
    await using all = await start();
    await all.post([lever("checkout"), { labels: { alertname: "DiskFull" } }]);
    await expect.poll(all.rows).toEqual(["checkout firing"]);
    expect(all.store.signals.changedSince(0)[0]?.signal).toMatchObject({
      kind: "rollback",
      source: "alertmanager",
      fingerprint: expect.stringMatching(/^[0-9a-f]{16}$/) as unknown,
      target: { namespace: "shop", policy: "checkout" },
      by: "CheckoutErrorsHigh",
      says: "Checkout fails: 5 % of requests",
      url: "http://prometheus.example:9090/graph?g0.expr=up",
    });
    // It is told to repeat every second.
    const before = all.answered("200");
    await expect.poll(() => all.answered("200")).toBeGreaterThan(before + 2);
    expect(all.rows()).toEqual(["checkout firing"]);
    await all.post([{ ...lever("checkout"), endsAt: new Date().toISOString() }]);
    await expect.poll(all.rows).toEqual(["checkout resolved"]);
    expect(all.answered("400")).toBe(0);
  });

  it("begins earlier by another Prometheus's word: the end of one is the end of both", async () => {
    await using all = await start();
    const ago = (seconds: number) => new Date(Date.now() - 1_000 * seconds).toISOString();
    await all.post([{ ...lever("checkout"), startsAt: ago(20) }]);
    await expect.poll(all.rows).toEqual(["checkout firing"]);
    const earlier = { ...lever("checkout"), startsAt: ago(60) };
    await all.post([earlier]);
    await expect.poll(all.rows).toEqual(["checkout firing", "checkout firing"]);
    await all.post([{ ...earlier, endsAt: ago(0) }]);
    await expect.poll(all.rows).toEqual(["checkout resolved", "checkout resolved"]);
  });

  it("gives it up while Prometheus is away, and fires again since the same instant", async () => {
    await using all = await start();
    const at = (seconds: number) => new Date(Date.now() + 1_000 * seconds).toISOString();
    const alert = { ...lever("checkout"), startsAt: at(-20) };
    await all.post([{ ...alert, endsAt: at(2) }]);
    await expect.poll(all.rows).toEqual(["checkout firing"]);
    await expect.poll(all.rows).toEqual(["checkout resolved"]);
    await all.post([{ ...alert, endsAt: at(60) }]);
    await expect.poll(all.rows).toEqual(["checkout firing", "checkout resolved"]);
    await all.post([{ ...alert, endsAt: at(0) }]);
    await expect.poll(all.rows).toEqual(["checkout resolved", "checkout resolved"]);
  });

  it("leaves alerts out of a message: they are asked for", async () => {
    await using all = await start();
    await all.post(["a", "b", "c", "d", "e"].map((policy) => lever(policy)));
    await expect
      .poll(all.rows)
      .toEqual(["a firing", "b firing", "c firing", "d firing", "e firing"]);
    expect(all.receiving.complaints).toEqual([]);
  });

  it("keeps its heart beating by an alert that always fires", async () => {
    await using all = await start();
    await all.post([{ labels: { alertname: "Watchdog" } }]);
    const heard = () => all.store.signals.heartbeats()[0]?.heardMs ?? 0;
    await expect.poll(heard).toBeGreaterThan(0);
    const first = heard();
    await expect.poll(heard).toBeGreaterThan(first);
  });

  it("with another's secret is refused, and writes nothing", async () => {
    await using all = await start("not-the-right-secret");
    await all.post([lever("checkout")]);
    await expect.poll(() => all.answered("401")).toBeGreaterThan(0);
    expect(all.rows()).toEqual([]);
  });

  it("comes again after an inbox that could not write", async () => {
    await using all = await start();
    all.store.close();
    await all.post([lever("checkout")]);
    // Within one flush, so before the second that it waits for the next.
    await expect.poll(() => all.answered("503")).toBeGreaterThan(1);
    expect(all.receiving.complaints[0]).toMatch(/could not be written down/);
  });
});
