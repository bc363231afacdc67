/**
 * What Pahlevan sees with: the kernel's programs, loaded as this kernel takes them, from start to
 * stop.
 */
import { randomBytes } from "node:crypto";
import type { Kind } from "@pahlevan/core/behaviour/event.ts";
import * as native from "@pahlevan/native";
import { adopt, notPlaced } from "./adoption.ts";
import { cgroupEntry, number32, number64 } from "./bootstrap.ts";
import * as counting from "./counters.ts";
import { kindByNumber } from "./decode.ts";
import { KernelBoundPaths } from "./guard/bound-paths.ts";
import { Cuts } from "./guard/cuts.ts";
import { Guard, type InstanceSlot } from "./guard/guard.ts";
import { KernelRuleTables } from "./guard/rule-tables.ts";
import { Shield } from "./guard/shield.ts";
import { GuardedCalls } from "./guarded-calls.ts";
import { deniedCallsProgram, syscallProgram, takenProgram } from "./hooks.ts";
import {
  Control,
  type Failure,
  type InstanceProfile,
  type InstanceTable,
} from "./instance-table.ts";
import { cgroupEntryLayout, kindValues, limitValues } from "./layout.gen.ts";
import type { Pins } from "./pins.ts";
import { LONGEST_RECORD_BYTES, RecordView } from "./record.ts";
import { Retirement } from "./retirement.ts";
import { HEADER_BYTES, RingReader } from "./ring-reader.ts";
import { readSeen, sweepEarlier, type Seen } from "./seen-set.ts";
import { loadFor, type LoadedSenses, type SensorsOptions } from "./start.ts";
import { tierRows, type TierRow } from "./tiers.ts";

export type { SensorsOptions } from "./start.ts";

/** While others get hold of what is made. */
const STARTS = 3;

export class Sensors {
  readonly secret: Uint8Array;
  readonly cpus = native.possibleCpus();
  readonly #options: SensorsOptions;
  readonly #loaded: LoadedSenses;
  readonly #table: InstanceTable;
  readonly #control: Control;
  readonly #retirement: Retirement;
  readonly #ring: native.Ring;
  readonly #reader: RingReader;
  readonly #record: RecordView;
  readonly #received = Array.from({ length: kindValues.max }, () => 0);
  readonly #runStats: { close(): void } | undefined;
  readonly #shield: Shield | undefined;
  readonly #cuts: Cuts;
  readonly #guardedCalls: GuardedCalls;
  #guard: Guard | undefined;
  /** Where its program stays when this process ends; undefined: it does not. */
  #syscallPins: Pins | undefined;
  #closed = false;

  /**
   * Opens, probes, loads, attaches, and adopts what runs. Throws, with nothing attached, if it
   * cannot.
   */
  static start(options: SensorsOptions): Sensors {
    const sensors = Sensors.#untaken(options);
    try {
      sensors.#adopt();
      sensors.#reader.start();
    } catch (error) {
      sensors.close();
      throw error;
    }
    return sensors;
  }

  /** Maps that somebody else got hold of before they were protected are given up for others. */
  static #untaken(options: SensorsOptions): Sensors {
    for (let start = 1; ; start++) {
      const sensors = new Sensors(options);
      const taken = sensors.#shield === undefined ? [] : sensors.#taken();
      if (taken.length === 0) return sensors;
      sensors.close();
      if (start === STARTS)
        throw new Error(
          `other processes open ${taken.join(", ")} at each start, and could then write what is ` +
            "enforced: end them first (fuser shows no BPF maps; /proc/*/fdinfo has map_id)",
        );
    }
  }

  private constructor(options: SensorsOptions) {
    this.#options = options;
    this.secret = options.secret ?? randomBytes(16);
    const loaded = loadFor(options, this.secret, this.cpus);
    this.#loaded = loaded;
    const { object } = loaded;
    this.#table = loaded.table;
    this.#control = new Control(object.map(".bss").mmap(Control.endBytes));
    this.#retirement = new Retirement(object, this.#table, this.#control);
    this.#ring = new native.Ring(object.map("ring"), HEADER_BYTES + LONGEST_RECORD_BYTES);
    this.#record = new RecordView(this.#ring.data);
    this.#reader = new RingReader(this.#ring, (_, at, length) => this.#onRecord(at, length));
    this.#shield = options.guard ? this.#shielded() : undefined;
    this.#cuts = new Cuts({
      attach: (program, cgroup) => object.attachCgroup(program, cgroup),
      shield: this.#shield,
    });
    this.#guardedCalls = new GuardedCalls({ object, shield: this.#shield });
    this.#control.watchCalls(this.watchesSyscalls);
    this.#runStats = options.runStats ? native.enableRunStats() : undefined;
  }

  /**
   * What is attached stays so when this process ends, however it ends. What cannot be pinned, with
   * the reason; of a tracepoint before 5.15 no link can.
   */
  pin(pins: Pins): { readonly program: string; readonly why: string }[] {
    for (const folder of pins.folders) this.#shield?.folder(folder);
    const failed = [...this.#loaded.links].flatMap(([program, link]) => {
      try {
        pins.pin(program, link);
        return [];
      } catch (error) {
        return [{ program, why: error instanceof Error ? error.message : String(error) }];
      }
    });
    const isPinned = !failed.some(({ program }) => program === syscallProgram);
    this.#syscallPins = isPinned ? pins : undefined;
    this.#guardedCalls.pin(pins);
    return [...failed, ...this.#cuts.pin(pins)];
  }

  /**
   * Detaches everything that is not pinned, and hands on what was delivered. Counters and profiles
   * stay readable.
   */
  stop(): void {
    for (const link of this.#loaded.links.values()) link.close();
    this.#loaded.links.clear();
    this.#cuts.close();
    this.#guardedCalls.close();
    this.#reader.stop();
    while (!this.#reader.drain()) continue;
    this.#retirement.cancel();
  }

  /**
   * After it nothing is left in the kernel, and nothing may be asked any more. Twice does no harm.
   */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.stop();
    this.#runStats?.close();
    this.#ring.close();
    this.#loaded.object.close();
  }

  /** What holds instances to policies. Only where the sensors were started with `guard`. */
  guard(): Guard {
    this.#guard ??= new Guard({
      policies: this.#map("policies").mmap(),
      instances: this.#table.memory,
      guarded: this.#map("guarded").mmap(),
      rules: new KernelRuleTables(this.#map("rules")),
      paths: new KernelBoundPaths(this.#map("bound_paths")),
      control: this.#control,
    });
    return this.#guard;
  }

  /** Cgroups that are cut off. Only where the sensors were started with `guard`. */
  cuts(): Cuts {
    return this.#cuts;
  }

  /** The instance that a cgroup belongs to, as soon as a process is in it. */
  instanceOf(cgroupId: bigint): InstanceSlot | undefined {
    const entry = Buffer.alloc(cgroupEntryLayout.sizeBytes);
    if (!this.#map("cgroups").lookup(number64(cgroupId), entry)) return undefined;
    const slot = entry.readUInt32LE(cgroupEntryLayout.offset.instance);
    return { slot, generation: this.#table.generation(slot) };
  }

  tiers(): TierRow[] {
    return tierRows(this.#loaded.choices);
  }

  /** One reading for each processor; exact once stopped, else facts may be on their way. */
  counters(): counting.KindCounts[] {
    const hits: counting.Hits = (cpu, kind) => this.#control.hits(cpu, kind);
    return counting.readCounters(this.#map("counters"), hits, this.cpus);
  }

  /** Records handed to onRecord, by kind. */
  received(): Map<Kind, number> {
    const received = new Map<Kind, number>();
    this.#received.forEach((count, number) => {
      const kind = kindByNumber[number];
      if (kind !== undefined) received.set(kind, count);
    });
    return received;
  }

  /** Holds exactly after stop(); while hooks run, a fact may be counted at one end only. */
  lossEquation(): counting.LossEquation {
    return counting.lossEquation(this.counters(), this.received());
  }

  failures(): counting.Failure[] {
    return counting.readFailures(this.#map("failures"));
  }

  /** Records that could not be ones: zero, or the object and its layout disagree. */
  get malformed(): number {
    return this.#record.malformed;
  }

  programs(): native.ProgramInfo[] {
    return [...this.#loaded.hooks.keys()].map((name) => this.#loaded.object.programInfo(name));
  }

  /** Runs that the kernel skipped because the program was at work on that processor already. */
  missed(): number {
    return this.programs().reduce((sum, { recursionMisses }) => sum + recursionMisses, 0);
  }

  mapUse(): { name: string; used: number; capacity: number }[] {
    const { instances, seen, cgroups, failures } = {
      instances: this.#map("instances").info.maxEntries,
      seen: this.#map("seen").info.maxEntries,
      cgroups: this.#map("cgroups"),
      failures: this.#map("failures"),
    };
    const count = (map: native.BpfMap) => map.entries(map.info.maxEntries).count;
    return [
      { name: "instances", used: this.#table.liveSlots(), capacity: instances },
      { name: "seen", used: this.#table.seenEntries(), capacity: seen },
      { name: "cgroups", used: count(cgroups), capacity: cgroups.info.maxEntries },
      { name: "failures", used: count(failures), capacity: failures.info.maxEntries },
    ];
  }

  ringUse(): { sizeBytes: number; pendingBytes: number } {
    return {
      sizeBytes: this.#ring.sizeBytes,
      pendingBytes: this.#ring.produced() - this.#ring.consumed(),
    };
  }

  instances(): Generator<InstanceProfile> {
    return this.#table.live();
  }

  existing(): ReturnType<InstanceTable["existing"]> {
    return this.#table.existing();
  }

  instance(slot: number): InstanceProfile | undefined {
    return this.#table.read(slot);
  }

  /** Of one that has ended: how it failed, if it did. Where exits are not sensed, nobody knows. */
  failureOf(slot: number): Failure | "not sensed" | undefined {
    return this.#loaded.hooks.has("on_exit") ? this.#table.failureOf(slot) : "not sensed";
  }

  seenOf(slot: number, generation: number): Seen[] {
    return readSeen(this.#map("seen"), slot, generation);
  }

  /** From now on every occurrence of these kinds is told, of one instance or of all. */
  everyKinds(wanted: Iterable<Kind>, slot?: number): void {
    let bits = 0n;
    for (const kind of wanted) bits |= 1n << BigInt(kindValues[kind]);
    if (slot === undefined) this.#control.setEvery(bits);
    else {
      this.#table.setEvery(slot, bits);
      this.#control.forgetDecisions();
    }
  }

  /** For an instance whose end was told and read out: its slot becomes another's. */
  retire(slot: number): void {
    this.#retirement.add(slot);
  }

  /** Retires at once what waits to be; else it happens within half a second. */
  sweepRetired(): void {
    this.#retirement.sweep();
  }

  /**
   * The start of these is over: what policies allow for the start alone is allowed no more. Of
   * those to `retell`, what they do is told as if for the first time.
   *
   * Each record has its own time, so what is in the ring need not be read first: what was told
   * before this is of the start, by its time. The order here is another one. Pages are turned
   * before the cache is emptied, so that nobody can put what an earlier page said into the emptied
   * cache; and the old rows are taken out only when no hook is at work any more that began before,
   * as it could add to them, or give back what it added.
   */
  endStart(ended: readonly InstanceSlot[], retell: readonly InstanceSlot[]): void {
    const chapters = new Map<number, number>();
    for (const { slot } of ended.filter((instance) => this.#isStill(instance)))
      this.#table.endStart(slot);
    for (const { slot } of retell.filter((instance) => this.#isStill(instance))) {
      this.#table.turnPage(slot);
      chapters.set(slot, this.#table.chapter(slot));
    }
    this.#control.forgetDecisions();
    if (chapters.size === 0) return;
    new KernelRuleTables(this.#map("rules")).settle();
    for (const [slot, entries] of sweepEarlier(this.#map("seen"), chapters))
      this.#control.returnSpare(this.#table.returnEntries(slot, entries));
  }

  #isStill({ slot, generation }: InstanceSlot): boolean {
    return this.#table.generation(slot) === generation;
  }

  /** This cgroup belongs to an instance that is there already. */
  inherit(cgroupId: bigint, slot: number): void {
    this.#map("cgroups").update(number64(cgroupId), cgroupEntry(slot, false));
    // The processors' caches may still say otherwise.
    const recent = this.#map("recent");
    const rows = limitValues.recent_per_cpu;
    for (let cpu = 0; cpu < this.cpus; cpu++)
      recent.update(number32(cpu * rows + Number(cgroupId % BigInt(rows))), number64(0n));
  }

  get watchesSyscalls(): boolean {
    return this.#loaded.links.has(syscallProgram);
  }

  /**
   * Once no instance learns its system calls any more, they cost nothing. Who begins from the first
   * line on is marked by the kernel, and who was there before by the second: nobody is forgotten
   * between them, and none is marked too late.
   */
  detachSyscalls(): void {
    const link = this.#loaded.links.get(syscallProgram);
    if (link === undefined) return;
    this.#control.watchCalls(false);
    this.#table.missCalls();
    this.#shield?.forgetLink(link);
    if (this.#syscallPins !== undefined) link.unpin();
    link.close();
    this.#loaded.links.delete(syscallProgram);
  }

  attachSyscalls(): void {
    if (this.#loaded.links.has(syscallProgram) || !this.#loaded.hooks.has(syscallProgram)) return;
    const link = this.#loaded.object.attach(syscallProgram);
    this.#shield?.link(syscallProgram, link);
    this.#loaded.links.set(syscallProgram, link);
    this.#control.watchCalls(true);
    this.#syscallPins?.pin(syscallProgram, link);
  }

  /**
   * Whether what policies deny is stopped at the functions of those calls. Where the kernel has no
   * such place, only the entry of all of them is one.
   */
  get guardsCalls(): boolean {
    return this.#guardedCalls.isOn;
  }

  get canGuardCalls(): boolean {
    return this.#loaded.hooks.has(deniedCallsProgram);
  }

  /**
   * By what the policies that are in the kernel now deny: one that comes later may deny more.
   * Throws, with nothing changed, where the kernel does not take it. How many functions it is.
   */
  guardCalls(): number {
    const denied = this.guard().deniedCalls();
    return this.#guardedCalls.set((call) => denied.has(call));
  }

  unguardCalls(): void {
    this.#guardedCalls.clear();
  }

  #taken(): string[] {
    const { object, hooks } = this.#loaded;
    if (!hooks.has(takenProgram)) return [];
    const names = Buffer.from(object.readIterator(takenProgram)).toString();
    return names.split("\0").filter((name) => name !== "");
  }

  #shielded(): Shield {
    const { object, hooks, links } = this.#loaded;
    const shield = new Shield(object.map("own_objects"));
    for (const { name, id } of object.maps) shield.map(name, id);
    for (const name of hooks.keys()) shield.program(name, object.programInfo(name).id);
    for (const [program, link] of links) shield.link(program, link);
    return shield;
  }

  #map(name: string): native.BpfMap {
    return this.#loaded.object.map(name);
  }

  #onRecord(at: number, length: number): void {
    const record = this.#record;
    if (!record.look(at, length)) return;
    this.#received[record.kind] = (this.#received[record.kind] ?? 0) + 1;
    this.#options.onRecord(record);
  }

  #adopt(): void {
    if (!this.#loaded.hooks.has("adopt_tasks")) return;
    adopt({
      look: () => {
        this.#loaded.object.readIterator("adopt_tasks");
        while (!this.#reader.drain()) continue;
      },
      missed: () =>
        counting.droppedIn(counting.totalOf(this.counters())) + notPlaced(this.failures()),
    });
  }
}
