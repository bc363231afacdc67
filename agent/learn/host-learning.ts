/** Learns every workload of this host into the store, while the agent runs. */
import type { Agent } from "../sense/agent.ts";
import { everything } from "../sense/filter.ts";
import type { Logger } from "../sense/log.ts";
import type { Store } from "../store/store.ts";
import { Learning } from "./learning.ts";
import { subjectOf } from "./subject.ts";

export interface HostLearningOptions {
  readonly agent: Agent;
  readonly store: Store;
  readonly config: { readonly saveInterval: number; readonly maxInstances: number };
  readonly log: Pick<Logger, "warn">;
}

export class HostLearning {
  readonly #learning: Learning;
  readonly #stopListening: () => void;
  readonly #timer: NodeJS.Timeout;
  #saving: Generator<void> | undefined;

  constructor({ agent, store, config, log }: HostLearningOptions) {
    this.#learning = new Learning({
      profiles: store.profiles,
      senses: agent.senses,
      subjectOf: ({ workload, cgroupId }) => subjectOf(workload, cgroupId),
      nowMs: Date.now,
      complain: (says) => log.warn(says),
      limit: config.maxInstances,
    });
    this.#stopListening = agent.listen(everything, (event) => this.#learning.see(event));
    this.#timer = setInterval(() => this.#keep(), config.saveInterval);
    this.#timer.unref();
  }

  /** Once the agent has stopped: everything is told by then, and its counters still stand. */
  stop(): void {
    clearInterval(this.#timer);
    this.#stopListening();
    this.#saving = undefined;
    this.#learning.look();
    this.#learning.save();
  }

  #keep(): void {
    this.#learning.look();
    const isAtWork = this.#saving !== undefined;
    this.#saving ??= this.#learning.saving();
    if (!isAtWork) this.#goOn();
  }

  /** One workload a turn, so that what the kernel tells meanwhile is read in time. */
  #goOn(): void {
    if (this.#saving === undefined) return;
    if (this.#saving.next().done) this.#saving = undefined;
    else setImmediate(() => this.#goOn());
  }
}
