/** Learns every workload of this host into the store, while the agent runs. */
import type { Agent } from "../sense/agent.ts";
import { everything } from "../sense/filter.ts";
import type { Logger } from "../sense/log.ts";
import type { Store } from "../store/store.ts";
import { Keeping } from "./keeping.ts";
import { Learning } from "./learning.ts";
import { subjectOf } from "./subject.ts";

export interface HostLearningOptions {
  readonly agent: Agent;
  readonly store: Store;
  readonly config: { readonly saveInterval: number; readonly maxInstances: number };
  readonly log: Pick<Logger, "warn">;
  readonly isHeld?: (slot: number) => boolean;
}

export class HostLearning {
  readonly learning: Learning;
  readonly #keeping: Keeping;
  readonly #stopListening: () => void;

  constructor({ agent, store, config, log, isHeld }: HostLearningOptions) {
    const learning = new Learning({
      profiles: store.profiles,
      senses: agent.senses,
      subjectOf: ({ workload, cgroupId }) => subjectOf(workload, cgroupId),
      nowMs: Date.now,
      complain: (says) => log.warn(says),
      limit: config.maxInstances,
      ...(isHeld && { isHeld }),
    });
    this.learning = learning;
    this.#stopListening = agent.listen(everything, (event) => learning.see(event));
    this.#keeping = new Keeping(learning, config.saveInterval);
  }

  /** Once the agent has stopped: everything is told by then, and its counters still stand. */
  stop(): void {
    this.#stopListening();
    this.#keeping.stop();
  }
}
