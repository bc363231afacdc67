/** A model of the monitoring stack: what instances do becomes alerts, told until they are taken. */
import type { Loop } from "@pahlevan/core/loop/loop.ts";
import type { Signal, SignalKind, Source } from "@pahlevan/core/loop/signal.ts";
import { Agenda } from "./agenda.ts";
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

const repeatMs = 30 * minute;

export class Stack {
  readonly #firing = new Map<string, Signal>();
  /** Those that are told of again, as long as they fire. */
  readonly #repeats = new Agenda<Signal>();
  /** Somebody's rule of many workloads failing is true, whoever is right. */
  isEmergency: readonly Source[] = [];

  get nextMs(): number {
    return this.#repeats.nextMs;
  }

  /** What is sent now about these. `clockMs`: what its own clock says. */
  evaluate(
    services: Iterable<Service>,
    loopOf: (service: Service) => Loop,
    nowMs: number,
    clockMs: number,
  ): readonly Signal[] {
    const sent = this.#repeats.take(nowMs).filter((signal) => this.#isFiring(signal));
    for (const signal of sent) this.#repeats.add(nowMs + repeatMs, signal);
    const tell = (news: Signal | undefined) => {
      if (news === undefined) return;
      sent.push(news);
      if (news.status === "firing") this.#repeats.add(nowMs + repeatMs, news);
    };
    for (const service of services) {
      const { namespace, policy, workload } = service.place;
      const target = { namespace, policy, workload };
      const loop = loopOf(service);
      for (const { name, kind, source, isTrue } of rules) {
        const said = { kind, source, target, by: name };
        tell(this.#told(`${name} ${service.key}`, isTrue(service, loop, clockMs), clockMs, said));
      }
    }
    for (const source of emergencies) {
      const said = { kind: "emergency", source, target: {}, by: "ManyFailing" } as const;
      tell(this.#told(source, this.isEmergency.includes(source), clockMs, said));
    }
    return sent;
  }

  firing(): Iterable<Signal> {
    return this.#firing.values();
  }

  /** Of what it says about a workload, what is not so. */
  wrongAbout(service: Service, loop: Loop, clockMs: number): string | undefined {
    const wrong = rules.find(
      ({ name, isTrue }) =>
        this.#firing.has(`${name} ${service.key}`) !== isTrue(service, loop, clockMs),
    );
    return wrong?.name;
  }

  #isFiring(signal: Signal): boolean {
    return this.#firing.get(signal.fingerprint) === signal;
  }

  #told(
    fingerprint: string,
    isTrue: boolean,
    clockMs: number,
    said: Pick<Signal, "kind" | "source" | "target" | "by">,
  ): Signal | undefined {
    const known = this.#firing.get(fingerprint);
    if (isTrue === (known !== undefined)) return undefined;
    if (known !== undefined) {
      this.#firing.delete(fingerprint);
      return { ...known, status: "resolved" };
    }
    const signal: Signal = {
      ...said,
      fingerprint,
      startsAtMs: clockMs,
      status: "firing",
      says: "",
    };
    this.#firing.set(fingerprint, signal);
    return signal;
  }
}
