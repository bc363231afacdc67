/** The instances that live now and what is counted of each; what ended leaves nothing behind. */
import { noFacts } from "@pahlevan/core/behaviour/no-facts.ts";
import {
  isFirstSight,
  kinds,
  type BehaviourEvent,
  type Facet,
} from "@pahlevan/core/behaviour/event.ts";

export interface LivingInstance {
  readonly slot: number;
  readonly generation: number;
  /** The instance's own cgroup, or the one of it that was heard of first. */
  readonly cgroupId: bigint;
  readonly facts: Record<Facet, number>;
}

export class Living {
  readonly #bySlot = new Map<number, LivingInstance>();
  /** By slot: the generation that ended last. */
  readonly #ended = new Map<number, number>();

  count(event: BehaviourEvent): LivingInstance {
    const { instance: slot, generation, cgroupId, detail } = event;
    let living = this.#bySlot.get(slot);
    if (living?.generation !== generation) {
      const isLate = generation <= Math.max(this.#ended.get(slot) ?? -1, living?.generation ?? -1);
      living = { slot, generation, cgroupId, facts: noFacts() };
      // What comes late of one that has ended does not live again: nobody would tell of its end.
      if (!isLate) this.#bySlot.set(slot, living);
    }
    // A runtime's set-up is not what the workload does.
    if (isFirstSight(event) && !event.flags.includes("setup")) living.facts[kinds[detail.kind]]++;
    return living;
  }

  ended(slot: number, generation: number): void {
    if (this.#bySlot.get(slot)?.generation === generation) this.#bySlot.delete(slot);
    this.#ended.set(slot, Math.max(generation, this.#ended.get(slot) ?? -1));
  }

  get(slot: number): LivingInstance | undefined {
    return this.#bySlot.get(slot);
  }

  all(): Iterable<LivingInstance> {
    return this.#bySlot.values();
  }

  get size(): number {
    return this.#bySlot.size;
  }
}
