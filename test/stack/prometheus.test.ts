/** A real Prometheus scrapes `pahlevan up`: it takes every line, and its queries give sense. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { describe, expect, it } from "vitest";
import { cannotSense, Up } from "../kernel/pahlevan.ts";

const installed = spawnSync("prometheus", ["--version"]).status === 0;
const missing = installed ? cannotSense : "needs prometheus (Debian: prometheus)";

class Prometheus implements AsyncDisposable {
  readonly #folder = mkdtempSync(join(tmpdir(), "prometheus-"));
  readonly #process;
  #address = "";

  private constructor(target: string) {
    const config = join(this.#folder, "prometheus.yml");
    const job = { job_name: "pahlevan", static_configs: [{ targets: [target] }] };
    // Its timeout may not be longer than its interval: a busy machine is given the time.
    const global = { scrape_interval: "5s", scrape_timeout: "5s" };
    // JSON is YAML.
    writeFileSync(config, JSON.stringify({ global, scrape_configs: [job] }));
    this.#process = spawn(
      "prometheus",
      [
        ...[`--config.file=${config}`, `--storage.tsdb.path=${join(this.#folder, "data")}`],
        "--web.listen-address=127.0.0.1:0",
      ],
      { stdio: ["ignore", "ignore", "pipe"] },
    );
  }

  static async scraping(target: string): Promise<Prometheus> {
    const prometheus = new Prometheus(target);
    const said: string[] = [];
    for await (const line of createInterface(prometheus.#process.stderr)) {
      said.push(line);
      const [, address] = /"Listening on" address=(\S+)/.exec(line) ?? [];
      if (address === undefined) continue;
      prometheus.#address = address;
      prometheus.#process.stderr.resume();
      return prometheus;
    }
    throw new Error(`prometheus ended before it listened:\n${said.join("\n")}`);
  }

  /** The values of a query; none while no scrape has brought any. */
  async query(query: string): Promise<number[]> {
    const url = `http://${this.#address}/api/v1/query?query=${encodeURIComponent(query)}`;
    const answer = await (await fetch(url)).text();
    // …"value":[1763722000.123,"42"]…
    return [...answer.matchAll(/"value":\[[\d.]+,"([^"]+)"\]/g)].map(([, value]) => Number(value));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#process, "exit");
    this.#process.kill("SIGTERM");
    await ended;
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

describe.skipIf(missing !== undefined)(`Prometheus (${missing ?? "as root"})`, () => {
  it("scrapes the agent, and sees that nothing was lost silently", async () => {
    await using up = await Up.start();
    await using prometheus = await Prometheus.scraping(new URL(up.url).host);
    // Each waits for its answer: a scrape that came too late leaves a gap behind it.
    const answers = (query: string) => expect.poll(() => prometheus.query(query));
    await answers('up{job="pahlevan"}').toEqual([1]);
    await answers("pahlevan_build_info").toEqual([1]);
    await answers("sum(pahlevan_records_generated_total) > bool 0").toEqual([1]);
    await answers("sum(pahlevan_records_malformed_total)").toEqual([0]);
    // Read while hooks run, so a scrape may be off by what was under way at that moment.
    const lost =
      "abs(sum(pahlevan_records_generated_total) - sum(pahlevan_records_delivered_total) " +
      "- sum(pahlevan_records_aggregated_total) - sum(pahlevan_records_dropped_total))";
    await answers(`${lost} < bool 100`).toEqual([1]);
  });
});
