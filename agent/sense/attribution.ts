/**
 * Gives each kernel event its workload: at once where it is known, else after a bounded wait, and
 * never not at all.
 */
import type { BehaviourEvent, KernelEvent } from "@pahlevan/core/behaviour/event.ts";
import type { WorkloadIdentity } from "@pahlevan/core/behaviour/identity.ts";

export interface Identities {
  /** What is known now. */
  resolve(cgroupId: bigint, path?: string): WorkloadIdentity;
  /** The same once metadata has come, or the wait for it is over. */
  settled(cgroupId: bigint): Promise<WorkloadIdentity>;
}

export interface AttributionOptions {
  readonly identities: Identities;
  readonly wall: (bootNs: bigint) => bigint;
  readonly publish: (event: BehaviourEvent) => void;
  /** Most events that wait at a time; what comes on top goes on with what is known. */
  readonly limit: number;
}

export class Attribution {
  readonly #options: AttributionOptions;
  /** Per cgroup, so that one unknown container holds up no other, and its own order stays. */
  readonly #held = new Map<bigint, KernelEvent[]>();
  #heldTotal = 0;
  #overflowed = 0;

  constructor(options: AttributionOptions) {
    this.#options = options;
  }

  get waiting(): number {
    return this.#heldTotal;
  }

  /** Events that went on without waiting, because too many waited already. */
  get overflowed(): number {
    return this.#overflowed;
  }

  take(event: KernelEvent): void {
    const { identities, limit } = this.#options;
    const { cgroupId, detail } = event;
    const path = detail.kind === "instance_start" ? detail.cgroup.value : undefined;
    const identity = identities.resolve(cgroupId, path);
    const held = this.#held.get(cgroupId);
    if (held === undefined && identity.complete) {
      this.#publish(event, identity);
    } else if (this.#heldTotal >= limit) {
      this.#overflowed++;
      this.#publish(event, identity);
    } else if (held === undefined) {
      this.#heldTotal++;
      this.#held.set(cgroupId, [event]);
      void identities.settled(cgroupId).then(() => this.#release(cgroupId));
    } else {
      this.#heldTotal++;
      held.push(event);
    }
  }

  /** Ends every wait, e.g. because the agent ends. */
  flush(): void {
    for (const cgroupId of [...this.#held.keys()]) this.#release(cgroupId);
  }

  #release(cgroupId: bigint): void {
    const events = this.#held.get(cgroupId) ?? [];
    this.#held.delete(cgroupId);
    this.#heldTotal -= events.length;
    for (const event of events) this.#publish(event, this.#options.identities.resolve(cgroupId));
  }

  #publish(event: KernelEvent, workload: WorkloadIdentity): void {
    const { publish, wall } = this.#options;
    publish({ ...event, wallNs: wall(event.timeNs), workload });
  }
}
