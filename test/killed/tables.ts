/** The kernel's tables as they were told: who is held to what, and nothing that could not be so. */
import { createHash } from "node:crypto";
import { canonical } from "@pahlevan/core/policy/compile/canonical.ts";
import type { Compiled } from "@pahlevan/core/policy/compile/compiled.ts";
import type { HostPoliciesOptions } from "../../agent/enforce/host-policies.ts";

export function digestOf(compiled: Compiled): string {
  return createHash("sha256").update(canonical(compiled)).digest("hex").slice(0, 16);
}

export class ToldTables {
  readonly #rows = new Map<number, string>();
  readonly #held = new Map<number, number>();
  #next = 1;

  readonly kernel: HostPoliciesOptions["kernel"] = {
    install: (compiled) => this.#install(compiled),
    replace: (row, compiled) => {
      const installed = this.#install(compiled);
      this.#move(row, installed.row);
      return installed;
    },
    remove: (row, next) => this.#move(row, next),
    hold: ({ slot }, row) => {
      this.#expectRow(row);
      this.#held.set(slot, row);
      return true;
    },
    release: ({ slot }) => this.#held.delete(slot),
    rowOf: (slot) => this.#held.get(slot),
    isSteady: () => true,
    bindPath: () => {},
    releasePath: () => {},
    boundPaths: () => new Map(),
    decided: () => [],
    untold: () => 0,
    packetsCut: () => 0,
    failureOf: () => undefined,
  };

  /** By slot. */
  told(): [slot: number, digest: string][] {
    return [...this.#held].map(([slot, row]) => [slot, this.#expectRow(row)]);
  }

  get rows(): number {
    return this.#rows.size;
  }

  #install(compiled: Compiled) {
    const row = this.#next++;
    this.#rows.set(row, digestOf(compiled));
    return { row, shortfalls: [] };
  }

  #move(row: number, next: number | undefined): void {
    this.#expectRow(row);
    if (next !== undefined) this.#expectRow(next);
    for (const [slot, held] of this.#held) {
      if (held !== row) continue;
      if (next === undefined) this.#held.delete(slot);
      else this.#held.set(slot, next);
    }
    this.#rows.delete(row);
  }

  #expectRow(row: number): string {
    const digest = this.#rows.get(row);
    if (digest === undefined) throw new Error(`the kernel has no row ${row}`);
    return digest;
  }
}
