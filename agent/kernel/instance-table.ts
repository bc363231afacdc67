/**
 * The kernel's profiles of instances, read where the kernel writes them: a mapped array of slots.
 */
import {
  bssOffsets,
  controlLayout,
  instanceLayout,
  limitValues,
  phaseValues,
} from "./layout.gen.ts";

const { offset, elements, sizeBytes } = instanceLayout;
/** From there on a slot is counters. */
const countersAt = offset.syscalls;

/** What an instance did of a fixed few: the number, and how often, up to 255. */
export interface Few {
  readonly number: number;
  readonly times: number;
}

/** What the kernel only counts: each by its number, or by its name. */
export interface CountedAs<Each> {
  readonly syscalls: readonly Each[];
  /** By the numbers of 32-bit programs. */
  readonly compatSyscalls: readonly Each[];
  readonly capabilities: readonly Each[];
  readonly ringOperations: readonly Each[];
}

export type CountedNumbers = CountedAs<Few>;

export interface InstanceProfile extends CountedNumbers {
  readonly slot: number;
  readonly generation: number;
  readonly cgroupId: bigint;
  readonly startedNs: bigint;
  /** 0 while it lives. */
  readonly endedNs: bigint;
  /** Records of it that were dropped. */
  readonly lost: bigint;
  readonly firstSights: bigint;
  /** Entries of the seen-set that are its own. */
  readonly entries: number;
  /** Watched from its first process on. */
  readonly fromStart: boolean;
  /** Of its programs' system calls some were not watched. */
  readonly callsMissed: boolean;
  /** Over its TCP connections that are closed. */
  readonly bytesSent: bigint;
  readonly bytesReceived: bigint;
  /** Watched while its start was over. */
  readonly isSteady: boolean;
  /** When its oldest process began, of those that were there before the agent; else 0. */
  readonly oldestNs: bigint;
  /** Of what it counts, what was since the kernel was made to forget. */
  readonly since: CountedNumbers | undefined;
}

/** Of a process that whoever manages the instance waits for, and nobody asked it to end so. */
export interface Failure {
  /** As wait() has it. */
  readonly code: number;
  /** The kernel killed it for want of memory. */
  readonly forMemory: boolean;
  /** How long before the instance ended. */
  readonly beforeEndMs: number;
}

/** Slot 1 is the root cgroup's: kernel threads, and what nobody placed elsewhere. */
export const HOST_SLOT = 1;
export const FIRST_FREE_SLOT = 2;

export class InstanceTable {
  readonly slots: number;
  readonly memory: ArrayBuffer;
  readonly #bytes: Buffer;
  readonly #words: Int32Array;
  /** What was counted before, by slot: the kernel's counters began anew. */
  readonly #before = new Map<number, Uint8Array>();

  constructor(memory: ArrayBuffer) {
    this.memory = memory;
    this.#bytes = Buffer.from(memory);
    this.#words = new Int32Array(memory);
    this.slots = Math.floor(memory.byteLength / sizeBytes);
  }

  /** Slots that are an instance's. What has ended stays until it is retired. */
  *live(): Generator<InstanceProfile> {
    for (let slot = HOST_SLOT; slot < this.slots; slot++) {
      const profile = this.read(slot);
      if (profile) yield profile;
    }
  }

  /** Instances that have not ended, the host apart. Cheaper than their profiles by far. */
  *existing(): Generator<{ readonly slot: number; readonly cgroupId: bigint }> {
    for (let slot = FIRST_FREE_SLOT; slot < this.slots; slot++) {
      const cgroupId = this.#u64(slot, "cgroup_id");
      if (cgroupId !== 0n && this.#u64(slot, "ended_ns") === 0n) yield { slot, cgroupId };
    }
  }

  liveSlots(): number {
    let count = 0;
    for (let slot = 0; slot < this.slots; slot++) if (this.#u64(slot, "cgroup_id") !== 0n) count++;
    return count;
  }

  read(slot: number): InstanceProfile | undefined {
    const cgroupId = this.#u64(slot, "cgroup_id");
    if (cgroupId === 0n && slot !== limitValues.slot_unknown) return undefined;
    return {
      slot,
      cgroupId,
      generation: this.#u32(slot, "generation"),
      startedNs: this.#u64(slot, "started_ns"),
      endedNs: this.#u64(slot, "ended_ns"),
      lost: this.#u64(slot, "lost"),
      firstSights: this.#u64(slot, "facts"),
      entries: this.#u32(slot, "entries"),
      fromStart: this.#u32(slot, "from_start") !== 0,
      callsMissed: this.#u64(slot, "calls_missed") !== 0n,
      bytesSent: this.#u64(slot, "bytes_sent"),
      bytesReceived: this.#u64(slot, "bytes_received"),
      isSteady: this.#u32(slot, "phase") !== phaseValues.start,
      oldestNs: this.#u64(slot, "oldest_ns"),
      ...this.#counted(slot, this.#before.get(slot)),
      since: this.#before.has(slot) ? this.#counted(slot) : undefined,
    };
  }

  /** Of one that has ended: the newest failure in it. */
  failureOf(slot: number): Failure | undefined {
    const failedNs = this.#u64(slot, "failed_ns");
    if (failedNs === 0n) return undefined;
    return {
      code: this.#u32(slot, "failed_with"),
      forMemory: this.#u32(slot, "failed_for_memory") !== 0,
      beforeEndMs: Number(this.#u64(slot, "ended_ns") - failedNs) / 1e6,
    };
  }

  /** Entries of the seen-set in use, all instances together. */
  seenEntries(): number {
    let sum = 0;
    for (let slot = 0; slot < this.slots; slot++) sum += this.#u32(slot, "entries");
    return sum;
  }

  generation(slot: number): number {
    return this.#u32(slot, "generation");
  }

  /** How many entries it took out of the shared part. */
  spare(slot: number): number {
    return this.#u32(slot, "spare");
  }

  chapter(slot: number): number {
    return this.#u32(slot, "chapter");
  }

  /** What policies allow for its start alone, they allow no more. */
  endStart(slot: number): void {
    Atomics.store(this.#words, this.#at(slot, "phase"), phaseValues.steady);
  }

  /**
   * What is remembered of it counts no more, and its counters begin anew. A hook that is amid
   * counting may write over the nought what it has read before, and one more: then it is not told
   * again, but `since` has it.
   */
  turnPage(slot: number): void {
    Atomics.add(this.#words, this.#at(slot, "chapter"), 1);
    const counters = this.#bytes.subarray(slot * sizeBytes + countersAt, (slot + 1) * sizeBytes);
    const before = this.#before.get(slot) ?? new Uint8Array(counters.length);
    this.#before.set(
      slot,
      before.map((times, at) => summed(times, counters[at])),
    );
    counters.fill(0);
  }

  /** Of its entries in the seen-set that many are gone. Returns how many of them were shared. */
  returnEntries(slot: number, entries: number): number {
    Atomics.sub(this.#words, this.#at(slot, "entries"), entries);
    const shared = Math.min(entries, this.spare(slot));
    Atomics.sub(this.#words, this.#at(slot, "spare"), shared);
    return shared;
  }

  /** From now on nobody watches system calls. */
  missCalls(): void {
    for (const { slot } of this.existing())
      this.#bytes.writeBigUInt64LE(1n, slot * sizeBytes + offset.calls_missed);
  }

  setEvery(slot: number, kinds: bigint): void {
    this.#bytes.writeBigUInt64LE(kinds, slot * sizeBytes + offset.every_kinds);
  }

  /** As new, for the next instance: keys of another generation never match what was seen before. */
  reset(slot: number, generation: number): void {
    const start = slot * sizeBytes;
    this.#before.delete(slot);
    this.#bytes.fill(0, start, start + sizeBytes);
    this.#bytes.writeUInt32LE(generation, start + offset.generation);
  }

  /** The root cgroup is no instance that begins: it is there. */
  setHost(cgroupId: bigint): void {
    this.#bytes.writeBigUInt64LE(cgroupId, HOST_SLOT * sizeBytes + offset.cgroup_id);
  }

  #u32(slot: number, field: keyof typeof offset): number {
    return this.#bytes.readUInt32LE(slot * sizeBytes + offset[field]);
  }

  #u64(slot: number, field: keyof typeof offset): bigint {
    return this.#bytes.readBigUInt64LE(slot * sizeBytes + offset[field]);
  }

  #at(slot: number, field: keyof typeof offset): number {
    return (slot * sizeBytes + offset[field]) / 4;
  }

  #counted(slot: number, before?: Uint8Array): CountedNumbers {
    return {
      syscalls: this.#few(slot, "syscalls", before),
      compatSyscalls: this.#few(slot, "compat_syscalls", before),
      capabilities: this.#few(slot, "capabilities", before),
      ringOperations: this.#few(slot, "ring_ops", before),
    };
  }

  #few(slot: number, field: CounterField, before?: Uint8Array): Few[] {
    const start = slot * sizeBytes + offset[field];
    const few: Few[] = [];
    for (let number = 0; number < elements[field]; number++) {
      // Most of them count nothing, and there are a thousand of each instance: four at a time.
      if (number % 4 === 0 && before === undefined && this.#words[(start + number) / 4] === 0) {
        number += 3;
        continue;
      }
      const earlier = before?.[offset[field] - countersAt + number] ?? 0;
      const times = summed(earlier, this.#bytes[start + number]);
      if (times > 0) few.push({ number, times });
    }
    return few;
  }
}

type CounterField = "syscalls" | "compat_syscalls" | "capabilities" | "ring_ops";

/** As the kernel counts. */
function summed(before: number, now = 0): number {
  return Math.min(before + now, 255);
}

/** `struct control`: what may be changed while programs run. */
export class Control {
  /** Behind it programs keep what is nobody else's. */
  static readonly endBytes = bssOffsets.control + controlLayout.sizeBytes;
  readonly #words: BigInt64Array;

  constructor(memory: ArrayBuffer) {
    this.#words = new BigInt64Array(memory, bssOffsets.control, controlLayout.sizeBytes / 8);
  }

  setEvery(kinds: bigint): void {
    Atomics.store(this.#words, at("every_kinds"), kinds);
    this.forgetDecisions();
  }

  /**
   * What the kernel's cache would answer alone is asked again: somebody wants to hear of repeats.
   */
  forgetDecisions(): void {
    Atomics.add(this.#words, at("cache_generation"), 1n << BigInt(limitValues.generation_shift));
  }

  /** Who comes in is asked for by his address, not only by how far he is. */
  namePeers(does: boolean): void {
    Atomics.store(this.#words, at("names_peers"), BigInt(does));
  }

  /** Whose first program begins while they are not, the kernel marks. */
  watchCalls(does: boolean): void {
    Atomics.store(this.#words, at("calls_watched"), BigInt(does));
  }

  /** What the kernel's cache answered. Processors past the last row share the others'. */
  hits(cpu: number, kind: number): number {
    if (cpu >= limitValues.hit_cpus) return 0;
    const row = cpu * limitValues.hits_per_cpu + kind;
    return Number(Atomics.load(this.#words, at("hits") + row));
  }

  get failuresUncounted(): number {
    return Number(Atomics.load(this.#words, at("failures_uncounted")));
  }

  get spareUsed(): number {
    return Number(Atomics.load(this.#words, at("spare_used")));
  }

  /** Hooks add to it at the same time. */
  returnSpare(entries: number): void {
    Atomics.sub(this.#words, at("spare_used"), BigInt(entries));
  }
}

function at(field: keyof typeof controlLayout.offset): number {
  return controlLayout.offset[field] / 8;
}
