/**
 * The loops of this host at work: takes signals that are on disk, each once, does what the loops
 * ask for, and counts what became of both.
 */
import { randomUUID } from "node:crypto";
import { isRequest } from "@pahlevan/core/loop/alerts.ts";
import type { Effect } from "@pahlevan/core/loop/effect.ts";
import type { Cause, Loop } from "@pahlevan/core/loop/loop.ts";
import { savedLoop } from "@pahlevan/core/loop/saved.ts";
import {
  endsEmergencies,
  occurrenceOf,
  type Heartbeat as Heard,
  type Signal,
  type SignalKind,
  type Target,
} from "@pahlevan/core/loop/signal.ts";
import type { Heartbeat } from "@pahlevan/core/loop/world.ts";
import { linesOfTransition, spanNow } from "@pahlevan/exporters/life/life.ts";
import { traced } from "@pahlevan/exporters/metrics/exemplar.ts";
import { Distributions } from "@pahlevan/exporters/metrics/distribution.ts";
import type { NoticeLine } from "@pahlevan/exporters/record.ts";
import type { HeldWorkload } from "../enforce/held-workload.ts";
import { lifeOf } from "../exports/life.ts";
import type { Telling } from "../exports/telling.ts";
import type { Logger } from "../sense/log.ts";
import { reasonOf } from "../store/error.ts";
import type { StoredSignal } from "../store/signal-row.ts";
import type { Store } from "../store/store.ts";
import { workloadText } from "../store/workload-name.ts";
import { Heartbeats } from "./heartbeats.ts";

export interface HostLoopOptions {
  readonly store: Pick<Store, "signals" | "loops">;
  readonly heartbeat: { readonly isExpected: boolean; readonly patienceMs: number };
  readonly log: Pick<Logger, "info" | "warn">;
  readonly nowMs: () => number;
  readonly telling: Pick<Telling, "tell">;
}

/** Whoever steps the loops: which signals were for how many workloads. */
export interface Stepper {
  signalled(signals: readonly Signal[]): readonly number[];
  save(): void;
}

/** Of who is held, what is told of. */
type Moving = Pick<HeldWorkload, "name" | "place" | "loop"> & {
  readonly policy: { readonly name: string };
};

type Outcome = "accepted" | "ignored" | "refused";

/** What an operator hears of a request. */
export interface Told {
  readonly workload: string;
  readonly policy: string;
  readonly outcome: Outcome;
  readonly says: string;
}

const proposed =
  "at fault more than once: the policy should allow these, or somebody should find out why not";
const signalsAtATime = 1_000;
const lookMs = 1_000;
/** In seconds. The budget of the way to the kernel is 0.1. */
const lagBounds = [0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 900, 3_600];
const toKernelBounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];

export class HostLoop {
  /** Of alerts, from their sender's clock to our disk. */
  readonly lag = new Distributions(lagBounds);
  /** Of signals, from our disk to the kernel. */
  readonly toKernel = new Distributions(toKernelBounds);
  readonly #options: HostLoopOptions;
  readonly #heartbeats: Heartbeats;
  readonly #heardMs = new Map<string, number>();
  readonly #signals = new Map<string, { labels: SignalLabels; times: number }>();
  readonly #transitions = new Map<string, { labels: TransitionLabels; times: number }>();
  readonly #failed = new Map<string, number>();
  /** Of requests that somebody waits for. */
  readonly #answers = new Map<string, Told[]>();
  /** When those came that are being taken, by source and fingerprint. */
  readonly #cameMs = new Map<string, number>();
  #stepper: Stepper | undefined;
  #lookedMs = -lookMs;
  /** Up to which the loops have heard them; the store knows it once they are saved. */
  #taken: number;

  constructor(options: HostLoopOptions) {
    const { store, heartbeat, nowMs } = options;
    this.#options = options;
    this.#taken = store.signals.taken;
    this.#heartbeats = new Heartbeats(heartbeat.isExpected, heartbeat.patienceMs, nowMs());
  }

  /** What came while nobody ran is taken now; from here on each as soon as it is on disk. */
  begin(stepper: Stepper): () => void {
    this.#stepper = stepper;
    this.take();
    void this.#endRequests(this.#left());
    return this.#options.store.signals.listen(() => this.take());
  }

  /** And what is over, where the loops know it as firing still: it was told to who ran before. */
  firing(): Signal[] {
    const { signals } = this.#options.store;
    const over = signals.changedSince(this.#taken).filter(({ signal }) => isOver(signal));
    return [...signals.firing(), ...over]
      .map(({ signal }) => signal)
      .filter((signal) => !isRequest(signal));
  }

  /** Asked for each workload, and looked for once a second. */
  heartbeat(nowMs: number): Heartbeat {
    if (Math.abs(nowMs - this.#lookedMs) >= lookMs) {
      this.#lookedMs = nowMs;
      for (const heard of this.#options.store.signals.heartbeats()) this.#hear(heard);
    }
    return this.#heartbeats.at(nowMs);
  }

  heartbeatAgeMs(nowMs: number): number | undefined {
    return this.#heartbeats.ageMs(nowMs);
  }

  take(): void {
    const { store, log } = this.#options;
    const stepper = this.#stepper;
    if (stepper === undefined) return;
    try {
      for (;;) {
        const stored = store.signals.changedSince(this.#taken, signalsAtATime);
        const last = stored.at(-1);
        if (last === undefined) return;
        const signals = stored.map(({ signal }) => signal);
        for (const each of stored) this.#came(each);
        const heard = stepper.signalled(signals);
        for (const [at, signal] of signals.entries())
          if (heard[at] === 0) this.#answered(signal, "ignored", "it is for no workload here");
        this.#taken = last.changed;
        stepper.save();
      }
    } catch (error) {
      log.warn(`signals wait on disk: ${reasonOf(error)}`);
    } finally {
      this.#cameMs.clear();
    }
  }

  /** An operator asks; resolves with what each workload's loop made of it. */
  async operate(kind: SignalKind, target: Target, by: string, more: Operation): Promise<Told[]> {
    const { store, nowMs } = this.#options;
    const signal: Signal = {
      kind,
      source: "operator",
      fingerprint: randomUUID(),
      startsAtMs: nowMs(),
      status: "firing",
      target,
      by,
      says: more.reason,
      ...(more.all && { all: true }),
    };
    const id = occurrenceOf(signal);
    const told: Told[] = [];
    this.#answers.set(id, told);
    try {
      const accepted = await store.signals.accept({ signals: [signal], heartbeats: [] }, nowMs());
      if ("full" in accepted) throw new Error("the store has no room for more signals");
      this.take();
      await this.#endRequests([signal]);
      // Who was in no emergency is not asked to end one.
      return endsEmergencies(signal) ? told.filter(({ outcome }) => outcome !== "ignored") : told;
    } finally {
      this.#answers.delete(id);
    }
  }

  loops(): ReadonlyMap<string, Loop> {
    return new Map(
      this.#options.store.loops.all().flatMap(({ namespace, policy, workload, state }) => {
        const read = savedLoop.safeParse(jsonIn(state));
        return read.success ? [[`${namespace}/${policy} ${workload}`, read.data] as const] : [];
      }),
    );
  }

  saveLoops(changed: ReadonlyMap<string, Loop>, gone: Iterable<string>): void {
    const { store, nowMs } = this.#options;
    const savedMs = nowMs();
    store.loops.save({
      changed: [...changed].map(([key, loop]) => {
        return { ...nameIn(key), state: JSON.stringify(loop), savedMs };
      }),
      gone: [...gone].map(nameIn),
      takenUpTo: this.#taken,
    });
  }

  perform(workload: Moving, effect: Effect): void {
    const { log } = this.#options;
    const policy = workload.policy.name;
    const name = workloadText(workload.name);
    switch (effect.do) {
      case "tell": {
        const { from, to, step, signal, cause, does } = effect.transition;
        const { source, by, says, url } = cause;
        const of = { policy, workload: name, from, to, step, signal, source, by, says, url };
        log.info({ ...of, why: workload.loop.why }, `policy: ${does}`);
        const { namespace } = workload.place;
        const labels = { namespace, policy, workload: workload.name.workload, from, to, signal };
        add(this.#transitions, labels);
        const { telling } = this.#options;
        const life = linesOfTransition(
          lifeOf(workload),
          effect.transition,
          workload.loop.why,
          workload.loop,
        );
        for (const line of life) telling.tell(line);
        this.#reachedKernel(effect.transition.cause, workload);
        return;
      }
      case "fail":
        this.#failed.set(keyOf(workload), this.healingFailed(workload) + 1);
        log.warn({ policy, workload: name, page: true }, effect.says);
        this.#notice(workload, effect.do, effect.says);
        return;
      case "page":
      case "ask":
        log.warn({ policy, workload: name, [effect.do]: true }, effect.says);
        this.#notice(workload, effect.do, effect.says);
        return;
      case "propose":
        log.warn({ policy, workload: name, behaviours: effect.behaviours }, proposed);
        this.#notice(workload, "propose", `${proposed}: ${effect.behaviours.join(", ")}`);
        return;
      case "answer": {
        const { kind, outcome, says, occurrence } = effect;
        if (outcome === "held") return;
        const [source = ""] = occurrence.split(" ");
        this.#count(source, kind, outcome);
        this.#answers.get(occurrence)?.push({ workload: name, policy, outcome, says });
        log.info({ policy, workload: name, signal: kind, source, outcome, says }, "signal");
      }
    }
  }

  *signals(): Generator<SignalLabels & { readonly times: number }> {
    for (const { labels, times } of this.#signals.values()) yield { ...labels, times };
  }

  *transitions(): Generator<TransitionLabels & { readonly times: number }> {
    for (const { labels, times } of this.#transitions.values()) yield { ...labels, times };
  }

  healingFailed(workload: Moving): number {
    return this.#failed.get(keyOf(workload)) ?? 0;
  }

  /** A workload is gone, and its series with it. */
  forget(namespace: string, policy: string, workload: string): void {
    for (const [key, { labels }] of this.#transitions)
      if (
        labels.namespace === namespace &&
        labels.policy === policy &&
        labels.workload === workload
      )
        this.#transitions.delete(key);
  }

  /** Of an agent that was killed between taking them and ending them: who asked has gone. */
  #left(): Signal[] {
    const { signals } = this.#options.store;
    return signals
      .firing()
      .filter(({ signal, changed }) => isRequest(signal) && changed <= this.#taken)
      .map(({ signal }) => signal);
  }

  /** They were made once, and are no state: nothing waits for their end, and the store for room. */
  async #endRequests(requests: readonly Signal[]): Promise<void> {
    if (requests.length === 0) return;
    const { store, nowMs, log } = this.#options;
    const signals = requests.map((request) => ({ ...request, status: "resolved" as const }));
    try {
      await store.signals.accept({ signals, heartbeats: [] }, nowMs());
    } catch (error) {
      log.warn(`requests stay open until the next start: ${reasonOf(error)}`);
    }
  }

  #notice(workload: Moving, notice: NoticeLine["notice"], says: string): void {
    const { nowMs, telling } = this.#options;
    const { namespace, policy, workload: name } = workload.place;
    telling.tell({
      event: "pahlevan.loop.notice",
      time: new Date(nowMs()).toISOString(),
      namespace,
      workload: name,
      policy,
      notice,
      says,
      trace: spanNow(lifeOf(workload), workload.loop),
    });
  }

  #came({ signal, changedMs, endsAtMs }: StoredSignal): void {
    const { source, fingerprint, startsAtMs, status } = signal;
    this.#cameMs.set(`${source} ${fingerprint}`, changedMs);
    if (isRequest(signal)) return;
    const sinceMs = status === "resolved" ? (endsAtMs ?? startsAtMs) : startsAtMs;
    this.lag.count(source, (changedMs - sinceMs) / 1_000);
  }

  /** A workload is where that has moved it: what was waited for before is no way to the kernel. */
  #reachedKernel({ source, fingerprint = "" }: Cause, workload: Moving): void {
    const cameMs = this.#cameMs.get(`${source} ${fingerprint}`);
    if (cameMs === undefined) return;
    const nowMs = this.#options.nowMs();
    const occasion = traced(spanNow(lifeOf(workload), workload.loop), nowMs);
    this.toKernel.count(source, (nowMs - cameMs) / 1_000, occasion);
  }

  #answered(signal: Signal, outcome: Outcome, says: string): void {
    this.#count(signal.source, signal.kind, outcome);
    const { kind, source, by } = signal;
    this.#options.log.info({ signal: kind, source, by, outcome, says }, "signal");
  }

  #count(source: string, signal: SignalKind, outcome: Outcome): void {
    add(this.#signals, { source, signal, outcome });
  }

  #hear({ source, status, heardMs }: Heard & { readonly heardMs: number }): void {
    if (status !== "firing" || this.#heardMs.get(source) === heardMs) return;
    this.#heardMs.set(source, heardMs);
    this.#heartbeats.hear(heardMs);
  }
}

export interface Operation {
  readonly reason: string;
  readonly all: boolean;
}

interface SignalLabels {
  readonly source: string;
  readonly signal: string;
  readonly outcome: string;
}

interface TransitionLabels {
  readonly namespace: string;
  readonly policy: string;
  readonly workload: string;
  readonly from: string;
  readonly to: string;
  readonly signal: string;
}

function add<L extends object>(counts: Map<string, { labels: L; times: number }>, labels: L): void {
  const key = JSON.stringify(labels);
  const times = (counts.get(key)?.times ?? 0) + 1;
  counts.set(key, { labels, times });
}

function isOver({ status }: Signal): boolean {
  return status === "resolved";
}

function keyOf({ place: { namespace, policy, workload } }: Moving): string {
  return `${namespace}/${policy} ${workload}`;
}

/** "host/web nginx": names of namespaces have no strokes, those of policies no blanks. */
function nameIn(key: string) {
  const stroke = key.indexOf("/");
  const blank = key.indexOf(" ");
  return {
    namespace: key.slice(0, stroke),
    policy: key.slice(stroke + 1, blank),
    workload: key.slice(blank + 1),
  };
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
