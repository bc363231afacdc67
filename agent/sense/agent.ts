/** The wiring of one node: the kernel's events, whose they are, and who listens to them. */
import {
  isFirstSight,
  type BehaviourEvent,
  type KernelEvent,
  type Kind,
} from "@pahlevan/core/behaviour/event.ts";
import type { WorkloadIdentity } from "@pahlevan/core/behaviour/identity.ts";
import { ProcessTable } from "@pahlevan/core/behaviour/process-table.ts";
import { Attribution, type Identities } from "./attribution.ts";
import { BootClock } from "./boot-clock.ts";
import { Demands } from "./demand.ts";
import { compile, type Filter } from "./filter.ts";
import { Journal } from "./journal.ts";
import { Living, type LivingInstance } from "./living.ts";
import { ProcFiller } from "./proc-filler.ts";
import { Rates } from "./rates.ts";
import type { SensedInstance, Senses } from "./senses.ts";

export interface AgentOptions {
  readonly senses: Senses;
  readonly identities: Identities & {
    ended(cgroupId: bigint): void;
    levelOf(cgroupId: bigint): string | undefined;
  };
  /** The id of the cgroup with this path, if it is there. */
  readonly cgroupIdOf: (path: string) => bigint | undefined;
  readonly clock?: BootClock;
  readonly processTableSize: number;
  readonly journalSize: number;
}

/** Events that may wait for their container's name at a time. */
const waitingLimit = 4_096;

type OnEvent = (event: BehaviourEvent) => void;
type OnEnded = (profile: SensedInstance, identity: WorkloadIdentity) => void;

interface Judged {
  readonly policy: string;
  readonly reason: string;
  /** What the policy only watches here, it refuses others: that would be refused. */
  readonly isWatched?: boolean;
}

export class Agent {
  readonly senses: Senses;
  readonly processes: ProcessTable;
  readonly journal: Journal<BehaviourEvent>;
  readonly attribution: Attribution;
  readonly rates: Rates;
  readonly #options: AgentOptions;
  readonly #clock: BootClock;
  readonly #living = new Living();
  readonly #demands: Demands;
  readonly #filler: ProcFiller;
  readonly #listeners = new Set<OnEvent>();
  readonly #endListeners = new Set<OnEnded>();
  /** Who knows the policies says whose a decision is. */
  judging: ((event: BehaviourEvent) => Judged | undefined) | undefined;
  /** Told of who begins at once, before its name is known; and of who asks for every occurrence. */
  calls: { began(event: KernelEvent): void; asked(): void } | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: AgentOptions) {
    const { senses, identities, clock = new BootClock() } = options;
    this.#options = options;
    this.#clock = clock;
    this.senses = senses;
    this.processes = new ProcessTable(options.processTableSize);
    this.journal = new Journal(options.journalSize);
    this.rates = new Rates(() => senses.counts());
    this.#filler = new ProcFiller(this.processes);
    this.#demands = new Demands(
      (kinds, slot) => senses.every(kinds, slot),
      () => this.#identified(),
    );
    this.attribution = new Attribution({
      identities,
      wall: (bootNs) => clock.wall(bootNs),
      publish: (event) => this.#publish(event),
      limit: waitingLimit,
    });
  }

  /** When it returns, hooks are attached and what runs already is known. */
  async start(): Promise<void> {
    await this.senses.start((event) => this.#onKernelEvent(event));
    this.#timer = setInterval(() => this.tick(), 1_000);
    this.#timer.unref();
  }

  /** When it returns, nothing is attached, and everybody has been told everything. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.senses.stop();
    this.attribution.flush();
  }

  tick(): void {
    this.#clock.correct();
    this.rates.tick();
  }

  /** Called for each event that fits, from the event's own turn: be quick. Returns how to stop. */
  listen(filter: Filter, onEvent: OnEvent): () => void {
    const fits = compile(filter);
    const listener: OnEvent = (event) => void (fits(event) && onEvent(event));
    const release = this.#demands.add(filter);
    this.calls?.asked();
    this.#listeners.add(listener);
    return () => {
      release();
      this.#listeners.delete(listener);
    };
  }

  /** Called with an instance's whole profile before it is forgotten. Returns how to stop. */
  onEnded(listener: OnEnded): () => void {
    this.#endListeners.add(listener);
    return () => this.#endListeners.delete(listener);
  }

  identityOf(instance: Pick<LivingInstance, "cgroupId">): WorkloadIdentity {
    return this.#options.identities.resolve(instance.cgroupId);
  }

  /** Whether somebody listens to every one of that kind. */
  tellsEvery(kind: Kind): boolean {
    return this.#demands.isFor(kind);
  }

  living(): Iterable<LivingInstance> {
    return this.#living.all();
  }

  #onKernelEvent(event: KernelEvent): void {
    const { process } = event;
    if (process === undefined) {
      this.attribution.take(event);
      if (event.detail.kind === "instance_start") this.calls?.began(event);
      return;
    }
    const completed = this.processes.complete(process);
    if (event.detail.kind !== "exit") this.#filler.want(completed);
    this.attribution.take({ ...event, process: completed });
  }

  #publish(told: BehaviourEvent): void {
    const event = this.#judged(told);
    const { kind } = event.detail;
    this.#living.count(event);
    if (kind === "instance_start") this.#began(event);
    if (isFirstSight(event)) this.journal.add(event);
    for (const listener of this.#listeners) listener(event);
    if (kind === "instance_end") this.#ended(event);
  }

  #judged(told: BehaviourEvent): BehaviourEvent {
    const { decision } = told;
    const judged = decision && this.judging?.(told);
    if (decision === undefined || judged === undefined) return told;
    const { policy, reason, isWatched = false } = judged;
    const isTold = isWatched && decision.action === "tell";
    const of = isTold ? { ...decision, action: "would" as const } : decision;
    return { ...told, judged: { policy, reason }, decision: of };
  }

  #began({ instance: slot, cgroupId, workload, detail }: BehaviourEvent): void {
    this.#demands.apply(slot, workload);
    if (workload.kind === "host" || detail.kind !== "instance_start") return;
    // The container's own cgroup may be an ancestor of the first one in it that got a process: what
    // is made elsewhere below that ancestor belongs to the same container.
    const level = this.#options.identities.levelOf(cgroupId);
    if (level === undefined || level === detail.cgroup.value) return;
    const { cgroupIdOf } = this.#options;
    const ancestor = cgroupIdOf(level);
    // Who starts again at once has other cgroups of the same paths: no slot of an end is theirs.
    // While the first one is there, what is above it is what it was made in.
    if (ancestor !== undefined && cgroupIdOf(detail.cgroup.value) === cgroupId)
      this.senses.inherit(ancestor, slot);
  }

  #ended({ instance: slot, generation, cgroupId, workload }: BehaviourEvent): void {
    const profile = this.senses.instance(slot);
    if (profile !== undefined && profile.generation === generation) {
      for (const listener of this.#endListeners) listener(profile, workload);
      this.senses.retire(slot);
    }
    this.#living.ended(slot, generation);
    this.#demands.forget(slot);
    this.#options.identities.ended(cgroupId);
  }

  *#identified(): Generator<readonly [number, WorkloadIdentity]> {
    for (const living of this.#living.all()) yield [living.slot, this.identityOf(living)];
  }
}
