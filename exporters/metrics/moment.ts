/**
 * A source as it is at one moment: what several metrics ask is read once, so that they agree, and
 * the kernel's counters of a thousand policies are not read again for each metric.
 */
import type { LoopFigures, MetricsSource } from "./source.ts";

export function atOneMoment(source: MetricsSource): MetricsSource {
  return {
    build: once(() => source.build()),
    counts: once(() => [...source.counts()]),
    malformed: once(() => source.malformed()),
    failures: once(() => [...source.failures()]),
    maps: once(() => [...source.maps()]),
    programs: once(() => [...source.programs()]),
    ring: once(() => source.ring()),
    tiers: once(() => [...source.tiers()]),
    watchesCalls: once(() => source.watchesCalls()),
    guardsCalls: once(() => source.guardsCalls()),
    instances: once(() => [...source.instances()]),
    policies: once(() => [...source.policies()]),
    loop: once(() => kept(source.loop())),
    sinks: once(() => [...source.sinks()]),
    eventsPerSecond: once(() => source.eventsPerSecond()),
    attribution: once(() => source.attribution()),
    observers: once(() => source.observers()),
    process: once(() => source.process()),
  };
}

/** Some are told one after the other, and only once. */
function kept(loop: LoopFigures): LoopFigures {
  const { transitions, signals, requests } = loop;
  return {
    ...loop,
    transitions: [...transitions],
    signals: [...signals],
    requests: [...requests],
  };
}

function once<T>(read: () => T): () => T {
  let answer: { readonly value: T } | undefined;
  return () => (answer ??= { value: read() }).value;
}
