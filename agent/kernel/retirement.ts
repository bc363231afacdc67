/** Gives the slots of ended instances back once nothing in the seen-set is theirs any more. */
import type { BpfObject } from "@pahlevan/native";
import { number32 } from "./bootstrap.ts";
import { FIRST_FREE_SLOT, type Control, type InstanceTable } from "./instance-table.ts";
import { sweepSeen } from "./seen-set.ts";

/** One walk through the set serves all that ended within this time … */
const GATHER_MS = 500;
/** … or so many that the next might find no slot, and be held to nothing. */
const GATHERED_SHARE = 1 / 8;

export class Retirement {
  readonly #object: BpfObject;
  readonly #table: InstanceTable;
  readonly #control: Control;
  readonly #waiting = new Set<number>();
  #timer: NodeJS.Timeout | undefined;

  constructor(object: BpfObject, table: InstanceTable, control: Control) {
    this.#object = object;
    this.#table = table;
    this.#control = control;
  }

  add(slot: number): void {
    if (slot < FIRST_FREE_SLOT || slot >= this.#table.slots)
      throw new Error(`slot ${slot} is nobody's to retire`);
    this.#waiting.add(slot);
    if (this.#waiting.size >= this.#table.slots * GATHERED_SHARE) this.sweep();
    else this.#timer ??= setTimeout(() => this.sweep(), GATHER_MS).unref();
  }

  sweep(): void {
    this.cancel();
    if (this.#waiting.size === 0) return;
    sweepSeen(this.#object.map("seen"), this.#waiting);
    for (const slot of this.#waiting) {
      this.#control.returnSpare(this.#table.spare(slot));
      this.#table.reset(slot, this.#table.generation(slot) + 1);
      this.#object.map("free_instances").push(number32(slot));
    }
    this.#waiting.clear();
  }

  cancel(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
