/** What the Prometheus exporter reads of an agent at each scrape. */
import type { MetricsSource } from "@pahlevan/exporters/metrics/source.ts";
import type { Agent } from "./agent.ts";

export interface MetricsParts {
  readonly agent: Agent;
  readonly build: ReturnType<MetricsSource["build"]>;
  readonly observers: MetricsSource["observers"];
  readonly policies: MetricsSource["policies"];
  readonly loop: MetricsSource["loop"];
  readonly sinks: MetricsSource["sinks"];
}

export function metricsSource({
  agent,
  build,
  observers,
  policies,
  loop,
  sinks,
}: MetricsParts): MetricsSource {
  const { senses, attribution, rates } = agent;
  const startSeconds = Math.round(performance.timeOrigin / 1000);
  return {
    build: () => build,
    counts: () => senses.counts(),
    malformed: () => senses.malformed(),
    failures: () => senses.failures(),
    maps: () => senses.maps(),
    programs: () => senses.programs(),
    ring: () => senses.ring(),
    tiers: () => senses.tiers(),
    watchesCalls: () => senses.watchesCalls,
    guardsCalls: () => senses.guardsCalls,
    eventsPerSecond: () => rates.last.eventsPerSecond,
    attribution: () => ({ waiting: attribution.waiting, overflowed: attribution.overflowed }),
    observers,
    policies,
    loop,
    sinks,
    *instances() {
      for (const living of agent.living()) {
        const { kind: sort, namespace, workload } = agent.identityOf(living);
        const lossy = (senses.instance(living.slot)?.lost ?? 0) > 0;
        yield { sort, namespace, workload, lossy, facts: living.facts };
      }
    },
    process() {
      const { user, system } = process.cpuUsage();
      const residentBytes = process.memoryUsage.rss();
      return { cpuSeconds: (user + system) / 1e6, residentBytes, startSeconds };
    },
  };
}
