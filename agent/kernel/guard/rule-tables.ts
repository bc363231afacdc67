/** The kernel's tables of entries, one for each row of `policies`. */
import { BpfMap } from "@pahlevan/native";
import { again } from "../again.ts";
import { number32 } from "../bootstrap.ts";
import { ruleKeyLayout, ruleLayout } from "../layout.gen.ts";
import type { Rules } from "./rule-table.ts";

/** What the guard asks of them. */
export interface RuleTables {
  /** Made whole before the row has it. */
  put(row: number, rules: Rules): void;
  remove(row: number): void;
  /** Returns when no program is at work any more that began before. */
  settle(): void;
}

/** linux/bpf.h */
const BPF_F_NO_PREALLOC = 1;
/** No instance's policy: its table is empty, and stays so. */
const NOBODYS_ROW = 0;

export class KernelRuleTables implements RuleTables {
  /** An array of maps. */
  readonly #outer: BpfMap;

  constructor(outer: BpfMap) {
    this.#outer = outer;
  }

  put(row: number, { keys, values, count }: Rules): void {
    const table = again(() =>
      BpfMap.create({
        type: "hash",
        keySize: ruleKeyLayout.sizeBytes,
        valueSize: ruleLayout.sizeBytes,
        maxEntries: Math.max(count, 1),
        flags: BPF_F_NO_PREALLOC,
        name: `policy_${row}`,
      }),
    );
    try {
      for (let index = 0; index < count; index++) {
        const key = nth(keys, index, ruleKeyLayout.sizeBytes);
        const value = nth(values, index, ruleLayout.sizeBytes);
        again(() => table.update(key, value));
      }
      // Whoever gets hold of it, what it says stays.
      again(() => table.freeze());
      again(() => this.#outer.updateInner(number32(row), table));
    } finally {
      table.close();
    }
  }

  remove(row: number): void {
    again(() => this.#outer.delete(number32(row)));
  }

  /** The kernel waits for a grace period after each change to a map of maps: 8 to 16 ms. */
  settle(): void {
    this.put(NOBODYS_ROW, { keys: new Uint8Array(), values: new Uint8Array(), count: 0 });
  }
}

function nth(packed: Uint8Array, index: number, sizeBytes: number): Uint8Array {
  return packed.subarray(index * sizeBytes, (index + 1) * sizeBytes);
}
