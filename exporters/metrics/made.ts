/** A source of metrics with a number in each place: for tests, and for measuring. */
import type { SinkFigures } from "../delivery/figures.ts";
import type { LoopFigures, MetricsSource, PolicyFigures } from "./source.ts";

export function madePolicy(of: Partial<PolicyFigures> = {}): PolicyFigures {
  return {
    namespace: "shop",
    workload: "web",
    policy: "web",
    phase: "Canary",
    sinceSeconds: 1_700_000_000,
    stepSeconds: 60,
    progress: 1,
    converged: true,
    unseenMass: 0.01,
    quietSeconds: undefined,
    behaviours: { exec: 3, file: 40 },
    attack: false,
    healingFailed: 0,
    instances: { enforce: 1, monitor: 4 },
    failures: { enforce: 2, monitor: 0 },
    untold: 3,
    packetsCut: 12,
    decided: [
      { facet: "exec", action: "deny", mode: "enforce", tier: "lsm", times: 5 },
      { facet: "file", action: "allow", mode: "monitor", tier: "lsm", times: 7 },
    ],
    ...of,
  };
}

export const noLoop: LoopFigures = {
  transitions: [],
  signals: [],
  requests: [],
  signalLag: [],
  signalToKernel: [],
  decisionLag: [],
  heartbeatAgeSeconds: undefined,
  isFrozen: false,
};

export function madeSink(of: Partial<SinkFigures> = {}): SinkFigures {
  const lanes = { decision: 0, transition: 0, anomaly: 0, behaviour: 0 };
  return {
    name: "central",
    type: "loki",
    accepted: { ...lanes, decision: 12, behaviour: 8 },
    sent: { ...lanes, decision: 9, behaviour: 2 },
    queued: { ...lanes, decision: 1 },
    spilled: { ...lanes, decision: 2, behaviour: 1 },
    spilledBytes: 900,
    dropped: [{ lane: "behaviour", reason: "full", count: 5 }],
    attempts: { done: 4, failed: 1 },
    isResting: false,
    lastSentMs: 1_700_000_000_000,
    trouble: undefined,
    ...of,
  };
}

export function madeSource(parts: Partial<MetricsSource> = {}): MetricsSource {
  const dropped = { ring_full: 2 };
  return {
    build: () => ({ version: "0.1.0", node: "24", kernel: "6.1" }),
    counts: () => [
      { kind: "open", generated: 10, delivered: 3, aggregated: 5, dropped, received: 3 },
    ],
    malformed: () => 0,
    failures: () => [{ place: "path_name", error: "EFAULT", count: 4 }],
    maps: () => [{ map: "seen", used: 7, capacity: 100 }],
    programs: () => [{ program: "on_exec", runs: 3, seconds: 0.5, missed: 0 }],
    ring: () => ({ sizeBytes: 4096, pendingBytes: 0 }),
    tiers: () => [{ fact: "open", tier: "lsm", hook: "lsm/file_open" }],
    watchesCalls: () => true,
    guardsCalls: () => false,
    instances: () => [],
    policies: () => [madePolicy()],
    loop: () => noLoop,
    sinks: () => [madeSink()],
    eventsPerSecond: () => 12.5,
    attribution: () => ({ waiting: 0, overflowed: 0 }),
    observers: () => ({ connected: 1, skipped: 9 }),
    process: () => ({ cpuSeconds: 1, residentBytes: 2, startSeconds: 3 }),
    ...parts,
  };
}
