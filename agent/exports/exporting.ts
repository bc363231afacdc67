/**
 * Everything that leaves this agent, put together: who is sent to (the file, the environment and
 * policies say), and what is put into the outbox. Without anybody to send to nothing is begun.
 */
import { hostname } from "node:os";
import { join } from "node:path";
import type { Policy } from "@pahlevan/core/policy/policy.ts";
import type { Written } from "@pahlevan/exporters/dispatch/configured.ts";
import { isConfiguredBy } from "@pahlevan/exporters/dispatch/environment.ts";
import { Outbox, type Answer } from "@pahlevan/exporters/dispatch/outbox.ts";
import type { SinkFigures } from "@pahlevan/exporters/delivery/figures.ts";
import type { SeriesLimit } from "@pahlevan/exporters/metrics/series-limit.ts";
import { snapshot } from "@pahlevan/exporters/metrics/snapshot.ts";
import type { MetricsSource } from "@pahlevan/exporters/metrics/source.ts";
import type { Lane, Sort } from "@pahlevan/exporters/record.ts";
import type { Logger } from "../sense/log.ts";
import { sinksOfPolicies } from "./of-policies.ts";

export interface ExportingOptions {
  readonly config: {
    readonly stateDirectory: string;
    readonly cluster: string;
    readonly secretsDirectory: string;
    readonly metricsInterval: number;
  };
  readonly version: string;
  readonly log: Pick<Logger, "info" | "warn">;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Secrets in files are replaced while we run. */
const lookAgainMs = 60_000;
/** At the end peers have so long; what they do not take waits on disk. */
const partingMs = 3_000;

export class Exporting {
  readonly #options: ExportingOptions;
  readonly #sinceMs = Date.now();
  readonly #timers: NodeJS.Timeout[] = [];
  #outbox: Outbox | undefined;
  #written: readonly Written[] = [];
  #policies: readonly Policy[] = [];
  #warned: ReadonlySet<string> = new Set();

  constructor(options: ExportingOptions) {
    this.#options = options;
  }

  /** What is wrong; then all stays as it was. */
  async configure(written: readonly Written[]): Promise<readonly string[]> {
    this.#written = written;
    return (await this.#apply()).errors;
  }

  /** Policies were read, or changed: those that they name are sent to from now on. */
  async policies(policies: readonly Policy[]): Promise<void> {
    this.#policies = policies;
    const { errors } = await this.#apply();
    for (const error of errors) this.#options.log.warn(error);
  }

  /** Somebody is sent to, or was. */
  get isBegun(): boolean {
    return this.#outbox !== undefined;
  }

  wants(sort: Sort): boolean {
    return this.#outbox?.wants(sort) ?? false;
  }

  put(lane: Lane, line: string): void {
    this.#outbox?.put(lane, line);
  }

  figures(): readonly SinkFigures[] {
    return this.#outbox === undefined ? [] : [...this.#outbox.figures(), ...this.#outbox.lost()];
  }

  /** Policies are known by now. Metrics are pushed from now on, to who takes them. */
  push(source: MetricsSource, limit: SeriesLimit): void {
    this.#outbox?.clean();
    const { metricsInterval } = this.#options.config;
    const push = () => {
      if (this.#outbox?.wantsMetrics !== true) return;
      const at = { atMs: Date.now(), sinceMs: this.#sinceMs };
      this.#outbox.offerMetrics(snapshot(limit.at(source), source, at));
    };
    this.#timers.push(setInterval(push, metricsInterval).unref());
    this.#timers.push(setInterval(() => void this.#apply(), lookAgainMs).unref());
  }

  async stop(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    await this.#outbox?.stop(partingMs);
  }

  async #apply(): Promise<Answer> {
    const { config, environment, log } = this.#options;
    const all = [...this.#written, ...sinksOfPolicies(this.#policies, config.secretsDirectory)];
    if (this.#outbox === undefined) {
      if (all.length === 0 && !isConfiguredBy(environment))
        return { errors: [], warnings: [], names: [] };
      this.#outbox = this.#begun();
    }
    const answer = await this.#outbox.configure(all);
    for (const warning of answer.warnings) if (!this.#warned.has(warning)) log.warn(warning);
    this.#warned = new Set(answer.warnings);
    return answer;
  }

  #begun(): Outbox {
    const { config, version, log } = this.#options;
    return new Outbox({
      folder: join(config.stateDirectory, "exporters"),
      host: hostname(),
      cluster: config.cluster,
      version,
      complain: (says) => log.warn(says),
    });
  }
}
