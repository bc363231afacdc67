/** A real Prometheus that scrapes one target, and may evaluate rules and send what fires. */
import { join } from "node:path";
import { installed, Server } from "./server.ts";

export const prometheus = installed("prometheus");

export interface Scraping {
  readonly target: string;
  /** HOST:PORT of what a team has besides. */
  readonly others?: readonly string[];
  /** Besides where: its scheme, its authority, its password. */
  readonly how?: object;
  /** Its timeout may not be longer than its interval: a busy machine is given the time. */
  readonly intervalSeconds?: number;
  /** Of Prometheus, which are off unless they are named. */
  readonly features?: readonly string[];
  /** Rule files. */
  readonly rules?: readonly string[];
  /** HOST:PORT of an Alertmanager. */
  readonly alertmanager?: string;
}

export class Prometheus implements AsyncDisposable {
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async scraping(scraping: Scraping): Promise<Prometheus> {
    const { target, others = [], how, intervalSeconds = 5, rules = [], alertmanager } = scraping;
    const { features = [] } = scraping;
    const interval = `${intervalSeconds}s`;
    const config = {
      global: {
        ...{ scrape_interval: interval, scrape_timeout: interval },
        evaluation_interval: interval,
      },
      rule_files: rules.map((_, at) => `rules-${at}.yaml`),
      scrape_configs: [
        {
          job_name: "pahlevan",
          honor_labels: true,
          static_configs: [{ targets: [target] }],
          ...how,
        },
        { job_name: "team", static_configs: [{ targets: others }] },
      ],
      ...(alertmanager && {
        alerting: { alertmanagers: [{ static_configs: [{ targets: [alertmanager] }] }] },
      }),
    };
    // JSON is YAML.
    const ruleFiles = Object.fromEntries(rules.map((text, at) => [`rules-${at}.yaml`, text]));
    const files = { "prometheus.yml": JSON.stringify(config), ...ruleFiles };
    const server = await Server.start(prometheus ?? "prometheus", files, (folder) => [
      `--config.file=${join(folder, "prometheus.yml")}`,
      `--storage.tsdb.path=${join(folder, "data")}`,
      ...features.map((feature) => `--enable-feature=${feature}`),
    ]);
    return new Prometheus(server);
  }

  /** The values of a query; none while no scrape has brought any. */
  async query(query: string): Promise<number[]> {
    const url = `http://${this.#server.address}/api/v1/query?query=${encodeURIComponent(query)}`;
    const answer = await (await fetch(url)).text();
    // …"value":[1763722000.123,"42"]…
    return [...answer.matchAll(/"value":\[[\d.]+,"([^"]+)"\]/g)].map(([, value]) => Number(value));
  }

  /** The values of a label of the exemplars of a series, of the last minutes. */
  async exemplars(query: string, label: string): Promise<string[]> {
    const nowSeconds = Date.now() / 1_000;
    const asked = new URLSearchParams({
      ...{ query, start: String(nowSeconds - 600), end: String(nowSeconds + 600) },
    });
    const url = `http://${this.#server.address}/api/v1/query_exemplars?${asked.toString()}`;
    const answer = await (await fetch(url)).text();
    return [...answer.matchAll(new RegExp(`"${label}":"([^"]+)"`, "g"))].map(
      ([, value = ""]) => value,
    );
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#server[Symbol.asyncDispose]();
  }
}
