/**
 * Policies in the kernel: a row each, written whole before an instance is given it, and free again
 * when nobody has it. What holds is read from the kernel's own memory, so that there is nothing
 * beside it that could differ.
 */
import {
  actionValues,
  facetValues,
  instanceLayout,
  phaseValues,
  policyLayout,
} from "../layout.gen.ts";
import { guardedTable } from "./guarded-table.ts";
import type { Lowered } from "./lower.ts";
import type { RuleTables } from "./rule-tables.ts";

/** An instance's slot. By its generation one tells when it is another's by now. */
export interface InstanceSlot {
  readonly slot: number;
  readonly generation: number;
}

/** What the kernel decided of one instance, how often. */
export interface Decided {
  readonly facet: string;
  readonly action: string;
  readonly times: bigint;
}

export interface GuardMaps {
  /** Mapped arrays. */
  readonly policies: ArrayBuffer;
  readonly instances: ArrayBuffer;
  /** One for all policies. */
  readonly guarded: ArrayBuffer;
  readonly rules: RuleTables;
  readonly control: { forgetDecisions(): void };
}

const { offset } = instanceLayout;
const NO_ROW = 0;
const facets = Object.keys(facetValues).filter((name) => name !== "max");
const actions = Object.keys(actionValues).filter((name) => name !== "max");

export class Guard {
  readonly #maps: GuardMaps;
  readonly #policies: Buffer;
  readonly #instances: Buffer;
  readonly #words: Int32Array;
  readonly #rows: number;
  readonly #slots: number;
  readonly #leaving = new Set<number>();

  constructor(maps: GuardMaps) {
    this.#maps = maps;
    this.#policies = Buffer.from(maps.policies);
    this.#instances = Buffer.from(maps.instances);
    this.#words = new Int32Array(maps.instances);
    Buffer.from(maps.guarded).set(guardedTable());
    this.#rows = Math.floor(maps.policies.byteLength / policyLayout.sizeBytes);
    this.#slots = Math.floor(maps.instances.byteLength / instanceLayout.sizeBytes);
  }

  /** The policy's row, which nobody has yet. Throws, and nothing is changed, where none is free. */
  install({ header, rules }: Lowered): number {
    if (header.length !== policyLayout.sizeBytes || generationIn(Buffer.from(header)) === 0)
      throw new Error("no header of a policy with a generation");
    this.#empty();
    const row = this.#freeRow();
    this.#maps.rules.put(row, rules);
    this.#policies.set(header, row * policyLayout.sizeBytes);
    return row;
  }

  /** From now on the instance is held to the policy in that row. False: it is another's by now. */
  bind(instance: InstanceSlot, row: number): boolean {
    this.#mustBeInstalled(row);
    return this.#write(instance, "policy", row);
  }

  /** Held to no policy any more. */
  release(instance: InstanceSlot): boolean {
    return this.#write(instance, "policy", NO_ROW);
  }

  /**
   * Whoever has the row gets the new policy's instead, each at once and none half. Where the new
   * one cannot be installed, everything stays as it was.
   */
  swap(row: number, lowered: Lowered): number {
    this.#mustBeInstalled(row);
    const next = this.install(lowered);
    this.#giveUp(row, next);
    return next;
  }

  /** Its row is free, and whoever was held to it is held to that of `next`, or to nothing. */
  remove(row: number, next?: number): void {
    this.#mustBeInstalled(row);
    if (next !== undefined) this.#mustBeInstalled(next);
    this.#giveUp(row, next ?? NO_ROW);
  }

  /** Rows that nobody has and that could not be emptied: tried again with the next change. */
  get leaving(): number {
    return this.#leaving.size;
  }

  /** Undefined where it holds none. */
  generationAt(row: number): number | undefined {
    if (!Number.isInteger(row) || row <= NO_ROW || row >= this.#rows) return undefined;
    return this.#leaving.has(row) ? undefined : this.#headerAt(row) || undefined;
  }

  rowOf(slot: number): number | undefined {
    return this.#load(slot, "policy") || undefined;
  }

  /** What is allowed for its start alone is denied by now. */
  isSteady(slot: number): boolean {
    return this.#load(slot, "phase") !== phaseValues.start;
  }

  slotsAt(row: number): number[] {
    const slots: number[] = [];
    for (let slot = 0; slot < this.#slots; slot++)
      if (this.#load(slot, "policy") === row) slots.push(slot);
    return slots;
  }

  /** What happened at least once. */
  decided(slot: number): Decided[] {
    return facets.flatMap((facet, row) =>
      actions.flatMap((action, column): Decided[] => {
        const at = offset.decided + (row * actionValues.max + column) * 8;
        const times = this.#instances.readBigUInt64LE(slot * instanceLayout.sizeBytes + at);
        return times === 0n ? [] : [{ facet, action, times }];
      }),
    );
  }

  /** Decisions that were counted, and not told of one by one. */
  untold(slot: number): number {
    return this.#load(slot, "decisions_untold") >>> 0;
  }

  #freeRow(): number {
    for (let row = NO_ROW + 1; row < this.#rows; row++) if (this.#headerAt(row) === 0) return row;
    throw new Error(`the kernel holds ${this.#rows - 1} policies, and that is all it has room for`);
  }

  #giveUp(row: number, next: number): void {
    for (const slot of this.slotsAt(row)) this.#store(slot, "policy", next);
    this.#maps.control.forgetDecisions();
    this.#leaving.add(row);
    this.#empty();
  }

  /**
   * A program that began before may still look into them: only when none does, they are emptied,
   * and only then they can be another's. What was changed holds, whether this succeeds or not.
   */
  #empty(): void {
    if (this.#leaving.size === 0) return;
    try {
      this.#maps.rules.settle();
      for (const row of this.#leaving) {
        this.#maps.rules.remove(row);
        const start = row * policyLayout.sizeBytes;
        this.#policies.fill(0, start, start + policyLayout.sizeBytes);
        this.#leaving.delete(row);
      }
    } catch {
      // They stay among `leaving`, which is told of.
    }
  }

  /** The generation there: 0 where there is no header. */
  #headerAt(row: number): number {
    return generationIn(this.#policies.subarray(row * policyLayout.sizeBytes));
  }

  #mustBeInstalled(row: number): void {
    if (this.generationAt(row) === undefined) throw new Error(`no policy is in row ${row}`);
  }

  #write({ slot, generation }: InstanceSlot, field: "policy", value: number): boolean {
    if (this.#load(slot, "generation") !== generation) return false;
    this.#store(slot, field, value);
    this.#maps.control.forgetDecisions();
    return true;
  }

  #load(slot: number, field: keyof typeof offset): number {
    return Atomics.load(this.#words, this.#at(slot, field));
  }

  #store(slot: number, field: "policy", value: number): void {
    Atomics.store(this.#words, this.#at(slot, field), value);
  }

  #at(slot: number, field: keyof typeof offset): number {
    return (slot * instanceLayout.sizeBytes + offset[field]) / 4;
  }
}

function generationIn(header: Buffer): number {
  return header.readUInt32LE(policyLayout.offset.generation);
}
