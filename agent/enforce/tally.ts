/** What was decided of a workload's instances since this agent began, of the ended ones too. */
import type { Hold } from "@pahlevan/core/loop/holding.ts";
import type { Decided } from "../kernel/guard/guard.ts";
import type { KernelTables } from "./kernel-tables.ts";

export type Mode = "enforce" | "monitor";

/** As metrics have it. */
export function modeOf(hold: Hold): Mode {
  return hold === "enforced" || hold === "quarantined" ? "enforce" : "monitor";
}

type Kernel = Pick<KernelTables, "decided" | "untold" | "packetsCut">;

export interface Counts {
  readonly decided: readonly Decided[];
  readonly untold: number;
  /** In quarantine. */
  readonly packetsCut: number;
}

export class Tally {
  /** Instances that failed, by the mode that they were held in. */
  readonly failures: Record<Mode, number> = { enforce: 0, monitor: 0 };
  readonly #kernel: Kernel;
  /** Of instances that have ended: how often what was decided, by facet and action. */
  readonly #past = new Map<string, bigint>();
  #untold = 0;
  #packetsCut = 0;

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  /**
   * What was decided of those that live is in no counter of this agent's: it was in the one before
   * it, or in none. Shown now, it would be a burst.
   */
  countFromHere(slots: Iterable<number>): void {
    for (const slot of slots)
      for (const { facet, action, times } of this.#kernel.decided(slot))
        add(this.#past, `${facet} ${action}`, -times);
  }

  /** Before its slot is another's. */
  ended(slot: number): void {
    this.#addTo(this.#past, slot);
    this.#untold += this.#kernel.untold(slot);
    this.#packetsCut += this.#kernel.packetsCut(slot);
  }

  /** `watched`: facets of which what others are refused is told where it is only watched. */
  counts(slots: readonly number[], watched: ReadonlySet<string>): Counts {
    const counts = new Map(this.#past);
    for (const slot of slots) this.#addTo(counts, slot);
    const decided = [...counts].map(([key, times]) => {
      const [facet = "", action = ""] = key.split(" ");
      const isWatched = action === "tell" && watched.has(facet);
      return { facet, action: isWatched ? "would" : action, times };
    });
    const untold = slots.reduce((sum, slot) => sum + this.#kernel.untold(slot), this.#untold);
    return { decided, untold, packetsCut: this.packetsCut(slots) };
  }

  packetsCut(slots: readonly number[]): number {
    return slots.reduce((sum, slot) => sum + this.#kernel.packetsCut(slot), this.#packetsCut);
  }

  #addTo(counts: Map<string, bigint>, slot: number): void {
    for (const { facet, action, times } of this.#kernel.decided(slot))
      add(counts, `${facet} ${action}`, times);
  }
}

function add(counts: Map<string, bigint>, key: string, times: bigint): void {
  counts.set(key, (counts.get(key) ?? 0n) + times);
}
