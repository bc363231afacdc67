/**
 * Policies in the kernel: a row each, written whole before an instance is given it, and free again
 * when nobody has it. What holds is read from the kernel's own memory, so that there is nothing
 * beside it that could differ.
 */
import {
  actionValues,
  facetValues,
  instanceLayout,
  limitValues,
  phaseValues,
  policyLayout,
} from "../layout.gen.ts";
import type { BoundPaths } from "./bound-paths.ts";
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
  /** Whom the kernel gives a row by itself. */
  readonly paths: BoundPaths;
  readonly control: { forgetDecisions(): void; namePeers(does: boolean): void };
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
  /** And who was held to one of these is held to that row, or to nothing. */
  readonly #leaving = new Map<number, number>();

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
    this.#tellOfPeers();
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
   * Who begins in the cgroup of that path is held from its first moment, by the kernel itself.
   * Throws where it cannot be, and then stays bound to what it was.
   */
  bindPath(path: string, row: number): void {
    this.#mustBeInstalled(row);
    this.#maps.paths.put(path, row);
  }

  /** Who lives there already stays as it is. */
  releasePath(path: string): void {
    this.#maps.paths.remove(path);
  }

  /** Rows, by path. */
  boundPaths(): ReadonlyMap<string, number> {
    return this.#maps.paths.all();
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

  /** Numbers of system calls that some policy denies, at some time of a life. */
  deniedCalls(): Set<number> {
    const words = new BigUint64Array(limitValues.syscalls / 64);
    for (let row = 0; row < this.#rows; row++) {
      const start = row * policyLayout.sizeBytes + policyLayout.offset.denied_syscalls;
      // Those of the native numbering come first, a set of words for each phase.
      for (let word = 0; word < words.length * phaseValues.max; word++)
        words[word % words.length]! |= this.#policies.readBigUInt64LE(start + word * 8);
    }
    const denied = new Set<number>();
    for (let call = 0; call < limitValues.syscalls; call++)
      if ((words[call >> 6]! >> BigInt(call & 63)) & 1n) denied.add(call);
    return denied;
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

  /** Packets that were dropped, to and from beyond its loopback. */
  packetsCut(slot: number): number {
    const at = slot * instanceLayout.sizeBytes + offset.packets_cut;
    return Number(this.#instances.readBigUInt64LE(at));
  }

  #freeRow(): number {
    for (let row = NO_ROW + 1; row < this.#rows; row++) if (this.#headerAt(row) === 0) return row;
    throw new Error(`the kernel holds ${this.#rows - 1} policies, and that is all it has room for`);
  }

  #giveUp(row: number, next: number): void {
    this.#leaving.set(row, next);
    this.#move(row);
    this.#maps.control.forgetDecisions();
    this.#empty();
  }

  /**
   * Nobody gets such a row any more, then nobody has it; but a program that began before may still
   * look into it, or hand it out. Only when none does, it is emptied, and only then it can be
   * another's. What was changed holds, whether this succeeds or not.
   */
  #empty(): void {
    if (this.#leaving.size === 0) return;
    try {
      for (const [path, row] of this.#maps.paths.all())
        if (this.#leaving.has(row)) this.#lead(path, this.#nextOf(row));
      this.#maps.rules.settle();
      const late = [...this.#leaving.keys()].filter((row) => this.#move(row));
      if (late.length > 0) this.#maps.control.forgetDecisions();
      for (const row of this.#leaving.keys()) {
        this.#maps.rules.remove(row);
        const start = row * policyLayout.sizeBytes;
        this.#policies.fill(0, start, start + policyLayout.sizeBytes);
        this.#leaving.delete(row);
      }
      this.#tellOfPeers();
    } catch {
      // They stay among `leaving`, which is told of.
    }
  }

  /** Before anybody is held to a policy that asks who exactly comes in. */
  #tellOfPeers(): void {
    const at = (row: number) => row * policyLayout.sizeBytes + policyLayout.offset.names_peers;
    const rows = Array.from({ length: this.#rows }, (_, row) =>
      this.#policies.readUInt32LE(at(row)),
    );
    this.#maps.control.namePeers(rows.some((names) => names !== 0));
  }

  #lead(path: string, row: number): void {
    if (row === NO_ROW) this.#maps.paths.remove(path);
    else this.#maps.paths.put(path, row);
  }

  /** Whether anybody had it. */
  #move(row: number): boolean {
    const slots = this.slotsAt(row);
    for (const slot of slots) this.#store(slot, "policy", this.#nextOf(row));
    return slots.length > 0;
  }

  /** The one that takes its place may be leaving by now, too. */
  #nextOf(row: number): number {
    const next = this.#leaving.get(row);
    return next === undefined ? row : this.#nextOf(next);
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
