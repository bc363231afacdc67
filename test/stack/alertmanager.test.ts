/** A real Alertmanager sends to the receiver: what it fires, resolves and leaves out arrives. */
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { describe, expect, it } from "vitest";
import { Store } from "../../agent/store/store.ts";
import { Pull } from "@pahlevan/signals/pull.ts";
import { freePort } from "../free-port.ts";
import { known, Receiving } from "../receiving.ts";

const command = ["prometheus-alertmanager", "alertmanager"].find(
  (name) => spawnSync(name, ["--version"]).status === 0,
);
const missing =
  command === undefined ? "needs Alertmanager (Debian: prometheus-alertmanager)" : undefined;

interface Alert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly startsAt?: string;
  readonly endsAt?: string;
  readonly generatorURL?: string;
}

class Alertmanager implements AsyncDisposable {
  readonly #folder = mkdtempSync(join(tmpdir(), "alertmanager-"));
  readonly #url: string;
  readonly #process: ChildProcess;

  private constructor(receiver: string, port: number, secret: string) {
    const credentials = join(this.#folder, "secret");
    writeFileSync(credentials, secret);
    const webhook = {
      url: receiver,
      send_resolved: true,
      max_alerts: 2,
      http_config: { authorization: { credentials_file: credentials } },
    };
    const config = join(this.#folder, "alertmanager.yml");
    const route = {
      receiver: "pahlevan",
      group_by: ["alertname"],
      group_wait: "0s",
      group_interval: "1s",
      repeat_interval: "1s",
    };
    // JSON is YAML.
    const receivers = [{ name: "pahlevan", webhook_configs: [webhook] }];
    writeFileSync(config, JSON.stringify({ route, receivers }));
    this.#url = `http://127.0.0.1:${port}`;
    this.#process = spawn(
      command ?? "",
      [
        ...[`--config.file=${config}`, `--storage.path=${join(this.#folder, "data")}`],
        ...[`--web.listen-address=127.0.0.1:${port}`, "--cluster.listen-address="],
      ],
      { stdio: ["ignore", "ignore", "pipe"] },
    );
  }

  static async sendingTo(receiver: string, port: number, secret: string): Promise<Alertmanager> {
    const alertmanager = new Alertmanager(receiver, port, secret);
    const { stderr } = alertmanager.#process;
    if (stderr === null) throw new Error("alertmanager says nothing");
    const said: string[] = [];
    for await (const line of createInterface(stderr)) {
      said.push(line);
      if (!/Listening on/.test(line)) continue;
      stderr.resume();
      return alertmanager;
    }
    throw new Error(`alertmanager ended before it listened:\n${said.join("\n")}`);
  }

  async post(alerts: readonly Alert[]): Promise<void> {
    const { status } = await fetch(`${this.#url}/api/v2/alerts`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(alerts),
    });
    if (status !== 200) throw new Error(`alertmanager answered ${status}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#process, "exit");
    this.#process.kill("SIGTERM");
    await ended;
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

async function start(secret: string = known.alertmanager) {
  const stateDirectory = mkdtempSync(join(tmpdir(), "pahlevan-inbox-"));
  const store = Store.open({ stateDirectory, decisionsKept: 1 });
  const port = await freePort();
  const pull = new Pull({ url: `http://127.0.0.1:${port}` });
  const receiving = await Receiving.start({ inbox: store.signals, pull });
  const alertmanager = await Alertmanager.sendingTo(`${receiving.url}/alertmanager`, port, secret);
  return {
    alertmanager,
    receiving,
    store,
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
    await all.alertmanager.post([lever("checkout"), { labels: { alertname: "DiskFull" } }]);
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
    await all.alertmanager.post([{ ...lever("checkout"), endsAt: new Date().toISOString() }]);
    await expect.poll(all.rows).toEqual(["checkout resolved"]);
    expect(all.answered("400")).toBe(0);
  });

  it("begins earlier by another Prometheus's word: the end of one is the end of both", async () => {
    await using all = await start();
    const ago = (seconds: number) => new Date(Date.now() - 1_000 * seconds).toISOString();
    await all.alertmanager.post([{ ...lever("checkout"), startsAt: ago(20) }]);
    await expect.poll(all.rows).toEqual(["checkout firing"]);
    const earlier = { ...lever("checkout"), startsAt: ago(60) };
    await all.alertmanager.post([earlier]);
    await expect.poll(all.rows).toEqual(["checkout firing", "checkout firing"]);
    await all.alertmanager.post([{ ...earlier, endsAt: ago(0) }]);
    await expect.poll(all.rows).toEqual(["checkout resolved", "checkout resolved"]);
  });

  it("leaves alerts out of a message: they are asked for", async () => {
    await using all = await start();
    await all.alertmanager.post(["a", "b", "c", "d", "e"].map((policy) => lever(policy)));
    await expect
      .poll(all.rows)
      .toEqual(["a firing", "b firing", "c firing", "d firing", "e firing"]);
    expect(all.receiving.complaints).toEqual([]);
  });

  it("keeps its heart beating by an alert that always fires", async () => {
    await using all = await start();
    await all.alertmanager.post([{ labels: { alertname: "Watchdog" } }]);
    const heard = () => all.store.signals.heartbeats()[0]?.heardMs ?? 0;
    await expect.poll(heard).toBeGreaterThan(0);
    const first = heard();
    await expect.poll(heard).toBeGreaterThan(first);
  });

  it("with another's secret is refused, and writes nothing", async () => {
    await using all = await start("not-the-right-secret");
    await all.alertmanager.post([lever("checkout")]);
    await expect.poll(() => all.answered("401")).toBeGreaterThan(0);
    expect(all.rows()).toEqual([]);
  });

  it("comes again after an inbox that could not write", async () => {
    await using all = await start();
    all.store.close();
    await all.alertmanager.post([lever("checkout")]);
    // Within one flush, so before the second that it waits for the next.
    await expect.poll(() => all.answered("503")).toBeGreaterThan(1);
    expect(all.receiving.complaints[0]).toMatch(/could not be written down/);
  });
});
