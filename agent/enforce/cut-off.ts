/**
 * Who is quarantined is cut off from whom it talks to already: a policy's row refuses what is
 * begun, and asks nothing of connections that stand. Which are cut, which are not, and why.
 */
import type { Shortfall } from "@pahlevan/core/policy/compile/kernel.ts";
import type { Cuts } from "../kernel/guard/cuts.ts";
import { standingConnections } from "../kernel/hooks.ts";
import type { SenseTier } from "../sense/senses.ts";
import { reasonOf } from "../store/error.ts";

export interface CutOffOptions {
  readonly cuts: Pick<Cuts, "has" | "cut" | "lift">;
  /** Why this kernel cuts nobody off; undefined where it does. */
  readonly refused: string | undefined;
  /** Undefined where nobody has told its path. */
  readonly directoryOf: (cgroupId: bigint) => string | undefined;
  readonly complain: (says: string) => void;
}

/** Who has ended stays cut off: what is left in its sockets is not sent either. So many of them. */
const mostEnded = 256;

export class CutOff {
  readonly #options: CutOffOptions;
  /** By cgroup: why it ought to be, and is not. */
  readonly #failed = new Map<bigint, string>();
  readonly #ended = new Set<bigint>();

  constructor(options: CutOffOptions) {
    this.#options = options;
  }

  /** It is cut off, or is not. What fails is tried again with the next look. */
  keep(cgroupId: bigint, isCut: boolean): void {
    if (isCut) this.#cut(cgroupId);
    else this.#lift(cgroupId);
  }

  /** Its cgroup is gone. */
  ended(cgroupId: bigint): void {
    this.#failed.delete(cgroupId);
    if (!this.#options.cuts.has(cgroupId)) return;
    this.#ended.add(cgroupId);
    const [oldest] = this.#ended;
    if (this.#ended.size <= mostEnded || oldest === undefined) return;
    this.#ended.delete(oldest);
    this.#options.cuts.lift(oldest);
  }

  isCut(cgroupId: bigint): boolean {
    return this.#options.cuts.has(cgroupId);
  }

  whyNot(cgroupId: bigint): string | undefined {
    return this.#failed.get(cgroupId);
  }

  #cut(cgroupId: bigint): void {
    const { cuts, complain } = this.#options;
    if (cuts.has(cgroupId)) return;
    try {
      for (const { program, why } of cuts.cut(cgroupId, this.#directoryOf(cgroupId)))
        complain(`${program} of a quarantine is not kept: ${why}`);
      this.#failed.delete(cgroupId);
    } catch (error) {
      const why = reasonOf(error);
      if (this.#failed.get(cgroupId) !== why) complain(`${uncut}: ${why}`);
      this.#failed.set(cgroupId, why);
    }
  }

  #directoryOf(cgroupId: bigint): string {
    const { refused, directoryOf } = this.#options;
    if (refused !== undefined) throw new Error(refused);
    const directory = directoryOf(cgroupId);
    if (directory === undefined) throw new Error("its cgroup's path is not known");
    return directory;
  }

  #lift(cgroupId: bigint): void {
    this.#failed.delete(cgroupId);
    if (this.#options.cuts.has(cgroupId)) this.#options.cuts.lift(cgroupId);
  }
}

const uncut = "connections that stand in a quarantine are not cut";

/** Why nobody is cut off here, of what was loaded. */
export function refusedBy(tiers: readonly SenseTier[]): string | undefined {
  const row = tiers.find(({ fact }) => fact === standingConnections);
  return row === undefined || row.tier === "none" ? (row?.why ?? "not loaded") : undefined;
}

/** Said before anybody is quarantined. */
export function uncuttable(tiers: readonly SenseTier[]): Shortfall[] {
  const why = refusedBy(tiers);
  return why === undefined ? [] : [{ facet: "network", says: `${uncut}: ${why}` }];
}
