/** A real Prometheus scrapes `pahlevan up`: it takes every line, and its queries give sense. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { cannotSense, Up } from "../kernel/pahlevan.ts";

const installed = spawnSync("prometheus", ["--version"]).status === 0;
const missing = installed ? cannotSense : "needs prometheus (Debian: prometheus)";

class Prometheus implements AsyncDisposable {
  readonly #folder = mkdtempSync(join(tmpdir(), "prometheus-"));
  readonly #process;
  readonly #url: string;

  private constructor(port: number, target: string) {
    const config = join(this.#folder, "prometheus.yml");
    const job = { job_name: "pahlevan", static_configs: [{ targets: [target] }] };
    const global = { scrape_interval: "1s", scrape_timeout: "1s" };
    // JSON is YAML.
    writeFileSync(config, JSON.stringify({ global, scrape_configs: [job] }));
    this.#url = `http://127.0.0.1:${port}`;
    this.#process = spawn(
      "prometheus",
      [
        ...[`--config.file=${config}`, `--storage.tsdb.path=${join(this.#folder, "data")}`],
        `--web.listen-address=127.0.0.1:${port}`,
      ],
      { stdio: "ignore" },
    );
  }

  static async scraping(target: string): Promise<Prometheus> {
    const probe = createServer().listen(0, "127.0.0.1");
    await once(probe, "listening");
    const address = probe.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    probe.close();
    await once(probe, "close");
    return new Prometheus(port, target);
  }

  /** The values of a query, or nothing while it does not answer yet. */
  async query(query: string): Promise<number[]> {
    try {
      const url = `${this.#url}/api/v1/query?query=${encodeURIComponent(query)}`;
      const answer = await (await fetch(url)).text();
      // …"value":[1763722000.123,"42"]…
      return [...answer.matchAll(/"value":\[[\d.]+,"([^"]+)"\]/g)].map(([, value]) =>
        Number(value),
      );
    } catch {
      return [];
    }
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
    const soon = { timeout: 20_000 };
    await expect.poll(() => prometheus.query('up{job="pahlevan"}'), soon).toEqual([1]);
    expect(await prometheus.query("pahlevan_build_info")).toEqual([1]);
    const [generated = 0] = await prometheus.query("sum(pahlevan_records_generated_total)");
    expect(generated).toBeGreaterThan(0);
    // Read one after another while hooks run, so a scrape may be off by what happened in between.
    const lost =
      "abs(sum(pahlevan_records_generated_total) - sum(pahlevan_records_delivered_total) " +
      "- sum(pahlevan_records_aggregated_total) - sum(pahlevan_records_dropped_total))";
    const [difference = Infinity] = await prometheus.query(lost);
    expect(difference).toBeLessThan(Math.max(100, generated / 100));
    expect(await prometheus.query("sum(pahlevan_records_malformed_total)")).toEqual([0]);
  });
});
