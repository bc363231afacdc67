/**
 * Of which kinds the kernel is to tell every occurrence, and where: what all listeners together ask
 * for.
 */
import type { Kind } from "@pahlevan/core/behaviour/event.ts";
import type { WorkloadIdentity } from "@pahlevan/core/behaviour/identity.ts";
import { compileIdentity, type Filter } from "./filter.ts";

interface Demand {
  readonly kinds: readonly Kind[];
  readonly anywhere: boolean;
  readonly fits: (identity: WorkloadIdentity) => boolean;
}

/** Tells the kernel: for one instance, or without a slot for all. */
export type Ask = (kinds: ReadonlySet<Kind>, slot?: number) => void;

export class Demands {
  readonly #ask: Ask;
  readonly #instances: () => Iterable<readonly [slot: number, identity: WorkloadIdentity]>;
  readonly #demands = new Set<Demand>();
  readonly #asked = new Map<number | undefined, string>();

  constructor(
    ask: Ask,
    instances: () => Iterable<readonly [slot: number, identity: WorkloadIdentity]>,
  ) {
    this.#ask = ask;
    this.#instances = instances;
  }

  /** Returns how to take it back. */
  add(filter: Filter): () => void {
    if (filter.every.length === 0) return () => undefined;
    const demand: Demand = {
      kinds: filter.every,
      anywhere: filter.workloads.length + filter.namespaces.length === 0,
      fits: compileIdentity(filter),
    };
    this.#demands.add(demand);
    this.#tellAll();
    return () => {
      if (this.#demands.delete(demand)) this.#tellAll();
    };
  }

  /** An instance that began, or whose name became known. */
  apply(slot: number, identity: WorkloadIdentity): void {
    const fitting = [...this.#demands].filter(({ anywhere, fits }) => !anywhere && fits(identity));
    this.#tell(new Set(fitting.flatMap(({ kinds }) => kinds)), slot);
  }

  /** Whether somebody asks for every one, wherever it is. */
  isFor(kind: Kind): boolean {
    return [...this.#demands].some(({ kinds }) => kinds.includes(kind));
  }

  forget(slot: number): void {
    this.#asked.delete(slot);
  }

  #tellAll(): void {
    const anywhere = [...this.#demands].filter((demand) => demand.anywhere);
    this.#tell(new Set(anywhere.flatMap(({ kinds }) => kinds)));
    for (const [slot, identity] of this.#instances()) this.apply(slot, identity);
  }

  #tell(kinds: ReadonlySet<Kind>, slot?: number): void {
    const asked = [...kinds].sort().join();
    if ((this.#asked.get(slot) ?? "") === asked) return;
    this.#asked.set(slot, asked);
    this.#ask(kinds, slot);
  }
}
