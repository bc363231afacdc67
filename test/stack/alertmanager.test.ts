/** A real Alertmanager with the shipped example: what of the alerts reaches Pahlevan, and how. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";

const program = ["prometheus-alertmanager", "alertmanager"].find(
  (name) => spawnSync(name, ["--version"]).status === 0,
);
const example = new URL("../../dashboards/generated/alertmanager.yml", import.meta.url);
const token = "a-token-in-a-file";

const notification = z.object({
  status: z.string(),
  alerts: z.array(z.object({ labels: z.record(z.string(), z.string()) })),
});

interface Told {
  readonly authorization: string | undefined;
  readonly status: string;
  readonly labels: readonly Record<string, string>[];
}

/** Takes notifications as Pahlevan will. */
class Receiver implements AsyncDisposable {
  readonly told: Told[] = [];
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      void text(request).then((body) => {
        const { status, alerts } = notification.parse(JSON.parse(body));
        const { authorization } = request.headers;
        this.told.push({ authorization, status, labels: alerts.map(({ labels }) => labels) });
        response.end();
      });
    });
  }

  static async listening(): Promise<Receiver> {
    const receiver = new Receiver();
    receiver.#server.listen(0, "127.0.0.1");
    await once(receiver.#server, "listening");
    return receiver;
  }

  get port(): number {
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("it does not listen");
    return address.port;
  }

  of(signal: string, status = "firing"): Told[] {
    return this.told.filter(
      (each) => each.status === status && each.labels[0]?.["pahlevan_signal"] === signal,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }
}

class Alertmanager implements AsyncDisposable {
  readonly #process;
  #address = "";

  private constructor(folder: string, config: string) {
    const file = join(folder, "alertmanager.yml");
    writeFileSync(file, config);
    this.#process = spawn(
      program ?? "",
      [
        ...[`--config.file=${file}`, `--storage.path=${join(folder, "data")}`],
        ...["--web.listen-address=127.0.0.1:0", "--cluster.listen-address="],
      ],
      { stdio: ["ignore", "ignore", "pipe"] },
    );
  }

  static async with(folder: string, config: string): Promise<Alertmanager> {
    const alertmanager = new Alertmanager(folder, config);
    const said: string[] = [];
    for await (const line of createInterface(alertmanager.#process.stderr)) {
      said.push(line);
      const [, address] = /"Listening on" address=(\S+)/.exec(line) ?? [];
      if (address === undefined) continue;
      alertmanager.#address = address;
      alertmanager.#process.stderr.resume();
      return alertmanager;
    }
    throw new Error(`alertmanager ended before it listened:\n${said.join("\n")}`);
  }

  /** As Prometheus does it. */
  async post(labels: Record<string, string>, endsAt?: string): Promise<void> {
    const alerts = [{ labels, startsAt: "2026-01-01T00:00:00Z", ...(endsAt && { endsAt }) }];
    const answer = await fetch(`http://${this.#address}/api/v2/alerts`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(alerts),
    });
    if (!answer.ok) throw new Error(`alertmanager took no alert: ${await answer.text()}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#process, "exit");
    this.#process.kill("SIGTERM");
    await ended;
  }
}

const burst = (workload: string) => ({
  alertname: "PahlevanViolationBurst",
  severity: "warning",
  pahlevan_signal: "rollback",
  ...{ namespace: "shop", workload, policy: workload },
});
const heartbeat = { alertname: "PahlevanHeartbeat", pahlevan_signal: "heartbeat" };

describe.skipIf(program === undefined)(
  `Alertmanager (${program ?? "needs Debian: prometheus-alertmanager"})`,
  () => {
    let folder = "";
    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), "alertmanager-"));
      writeFileSync(join(folder, "token"), token);
    });
    afterEach(() => rmSync(folder, { recursive: true, force: true }));

    const configured = (port: number) =>
      readFileSync(example, "utf8")
        .replace("127.0.0.1:9464", `127.0.0.1:${port}`)
        .replace("/etc/alertmanager/pahlevan.token", join(folder, "token"));

    it("tells each target's lever by itself, with the token, and when it has ended", async () => {
      await using receiver = await Receiver.listening();
      await using alertmanager = await Alertmanager.with(folder, configured(receiver.port));
      await alertmanager.post({ alertname: "PahlevanAgentDown", severity: "critical" });
      await alertmanager.post(burst("web"));
      await alertmanager.post(burst("api"));
      await alertmanager.post(heartbeat);
      await expect.poll(() => receiver.of("rollback").length).toBe(2);
      await expect.poll(() => receiver.of("heartbeat").length).toBe(1);
      const workloads = receiver
        .of("rollback")
        .map(({ labels }) => labels.map((each) => each["workload"]).join(" "));
      expect(workloads.toSorted()).toEqual(["api", "web"]);
      // Ended a moment before now, wherever this runs.
      await alertmanager.post(burst("web"), new Date().toISOString());
      await expect.poll(() => receiver.of("rollback", "resolved").length).toBe(1);
      expect(receiver.of("rollback", "resolved")[0]?.labels[0]?.["workload"]).toBe("web");
      for (const { authorization } of receiver.told) expect(authorization).toBe(`Bearer ${token}`);
      const signals = receiver.told.flatMap(({ labels }) =>
        labels.map((l) => l["pahlevan_signal"]),
      );
      expect(signals).not.toContain(undefined);
    });

    it("tells a team's own alert that carries the label", async () => {
      await using receiver = await Receiver.listening();
      await using alertmanager = await Alertmanager.with(folder, configured(receiver.port));
      const own = {
        ...{ alertname: "CheckoutErrorsHigh", team: "shop", pahlevan_signal: "rollback" },
        ...{ namespace: "shop", workload: "checkout" },
      };
      await alertmanager.post(own);
      await expect.poll(() => receiver.told.flatMap(({ labels }) => labels)).toEqual([own]);
    });

    it("beats on while all is well", async () => {
      await using receiver = await Receiver.listening();
      const quick = configured(receiver.port)
        .replace("group_interval: 30s", "group_interval: 3s")
        .replace("repeat_interval: 25s", "repeat_interval: 2500ms");
      await using alertmanager = await Alertmanager.with(folder, quick);
      await alertmanager.post(heartbeat);
      await expect.poll(() => receiver.of("heartbeat").length).toBeGreaterThan(2);
    });
  },
);
