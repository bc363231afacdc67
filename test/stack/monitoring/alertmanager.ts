/** A real Alertmanager with the shipped example as its configuration. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { installed, Server } from "./server.ts";

export const alertmanager = installed("prometheus-alertmanager", "alertmanager");
const example = new URL("../../../dashboards/generated/alertmanager.yml", import.meta.url);

export interface Routing {
  /** HOST:PORT in the place of Pahlevan's. */
  readonly to: string;
  /** What the file holds that the example names. */
  readonly token: string;
  readonly edit?: (config: string) => string;
}

export class Alertmanager implements AsyncDisposable {
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async routing({ to, token, edit = (config) => config }: Routing): Promise<Alertmanager> {
    // A file's name is taken as from the configuration's folder.
    const config = readFileSync(example, "utf8")
      .replace("127.0.0.1:9464", to)
      .replace("/etc/alertmanager/pahlevan-secret", "token");
    const files = { "alertmanager.yml": edit(config), token };
    const server = await Server.start(alertmanager ?? "alertmanager", files, (folder) => [
      `--config.file=${join(folder, "alertmanager.yml")}`,
      `--storage.path=${join(folder, "data")}`,
      "--cluster.listen-address=",
    ]);
    return new Alertmanager(server);
  }

  get address(): string {
    return this.#server.address;
  }

  /** As Prometheus does it. */
  async post(labels: Readonly<Record<string, string>>, endsAt?: string): Promise<void> {
    const alerts = [{ labels, startsAt: "2026-01-01T00:00:00Z", ...(endsAt && { endsAt }) }];
    const answer = await fetch(`http://${this.address}/api/v2/alerts`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(alerts),
    });
    if (!answer.ok) throw new Error(`alertmanager took no alert: ${await answer.text()}`);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#server[Symbol.asyncDispose]();
  }
}
