/** The line a minute: events/sec, what was lost, how much is watched, how much memory it takes. */
import type { Agent } from "../sense/agent.ts";
import type { Logger } from "../sense/log.ts";
import { totalsOf, type Totals } from "../sense/rates.ts";

export class RateLog {
  readonly #agent: Agent;
  readonly #log: Logger;
  #before: Totals;
  #atMs = performance.now();

  constructor(agent: Agent, log: Logger) {
    this.#agent = agent;
    this.#log = log;
    this.#before = totalsOf(agent.senses.counts());
  }

  /** What happened since the last one. */
  write(): void {
    const totals = totalsOf(this.#agent.senses.counts());
    const nowMs = performance.now();
    const perSecond = (name: keyof Totals) => {
      const count = totals[name] - this.#before[name];
      return Number((count / ((nowMs - this.#atMs) / 1000)).toFixed(1));
    };
    const dropped = totals.dropped - this.#before.dropped;
    this.#log[dropped > 0 ? "warn" : "info"](
      {
        "events/sec": perSecond("generated"),
        "delivered/sec": perSecond("delivered"),
        dropped,
        instances: [...this.#agent.living()].length,
        memoryMiB: Math.round(process.memoryUsage.rss() / (1 << 20)),
      },
      `${perSecond("generated")} events/sec`,
    );
    this.#before = totals;
    this.#atMs = nowMs;
  }
}
