/** A model of the monitoring stack: what instances do becomes alerts, told until they are taken. */
import type { Loop } from "@pahlevan/core/loop/loop.ts";
import type { Signal, SignalKind, Source } from "@pahlevan/core/loop/signal.ts";
import { hour, minute } from "./made.ts";
import { rememberedPainMs, type Service } from "./service.ts";

interface Rule {
  readonly name: string;
  readonly kind: SignalKind;
  readonly source: Source;
  readonly isTrue: (service: Service, loop: Loop, nowMs: number) => boolean;
}

const suffers = ({ outage, suffersMs }: Service, nowMs: number) =>
  outage || Math.abs(nowMs - suffersMs) < rememberedPainMs;

const rules: readonly Rule[] = [
  {
    name: "WebErrorRatio",
    kind: "rollback",
    source: "alertmanager",
    isTrue: (service, _, nowMs) => suffers(service, nowMs),
  },
  {
    name: "Latency",
    kind: "rollback",
    source: "datadog",
    isTrue: ({ outage }) => outage,
  },
  {
    name: "SuspectedAttack",
    kind: "quarantine",
    source: "alertmanager",
    isTrue: (_, { phase, verdict, sinceMs }, nowMs) =>
      phase === "Quarantine" && verdict?.reading === "attack" && nowMs - sinceMs < hour,
  },
  {
    name: "LearningConverged",
    kind: "promote",
    source: "alertmanager",
    isTrue: (service, loop, nowMs) =>
      (loop.phase === "Learning" || loop.phase === "Review") &&
      service.learning(loop, nowMs).converged,
  },
  {
    name: "CanaryHealthy",
    kind: "advance",
    source: "alertmanager",
    isTrue: (service, { phase, stepSinceMs }, nowMs) =>
      phase === "Canary" &&
      nowMs - stepSinceMs >= service.policy.canary.stepDurationMs &&
      !suffers(service, nowMs),
  },
  {
    name: "HealingRepeated",
    kind: "relearn",
    source: "grafana",
    isTrue: (_, { transitions }, nowMs) =>
      transitions.filter(({ to, atMs }) => to === "Healing" && nowMs - atMs < hour).length > 2,
  },
];

/** Said of all workloads at once, by two who look. */
const emergencies: readonly Source[] = ["alertmanager", "grafana"];

interface Firing {
  readonly signal: Signal;
  readonly sentMs: number;
}

const repeatMs = 30 * minute;

export class Stack {
  readonly #firing = new Map<string, Firing>();
  /** Somebody's rule of many workloads failing is true, whoever is right. */
  isEmergency: readonly Source[] = [];

  /** What is sent now. */
  evaluate(services: readonly Service[], loopOf: (service: Service) => Loop, nowMs: number) {
    const sent: Signal[] = [];
    for (const service of services) {
      const loop = loopOf(service);
      const { namespace, policy, workload } = service.place;
      const target = { namespace, policy, workload };
      for (const { name, kind, source, isTrue } of rules)
        sent.push(
          ...this.#told(`${name} ${service.key}`, isTrue(service, loop, nowMs), nowMs, {
            kind,
            source,
            target,
            by: name,
          }),
        );
    }
    for (const source of emergencies) {
      const said = { kind: "emergency", source, target: {}, by: "ManyFailing" } as const;
      sent.push(...this.#told(source, this.isEmergency.includes(source), nowMs, said));
    }
    return sent;
  }

  firing(): readonly Signal[] {
    return [...this.#firing.values()].map(({ signal }) => signal);
  }

  #told(
    fingerprint: string,
    isTrue: boolean,
    nowMs: number,
    said: Pick<Signal, "kind" | "source" | "target" | "by">,
  ): Signal[] {
    const known = this.#firing.get(fingerprint);
    if (!isTrue) {
      this.#firing.delete(fingerprint);
      return known === undefined ? [] : [{ ...known.signal, status: "resolved" }];
    }
    if (known !== undefined && nowMs - known.sentMs < repeatMs) return [];
    const signal = known?.signal ?? {
      ...said,
      fingerprint,
      startsAtMs: nowMs,
      status: "firing" as const,
      says: "",
    };
    this.#firing.set(fingerprint, { signal, sentMs: nowMs });
    return [signal];
  }
}
