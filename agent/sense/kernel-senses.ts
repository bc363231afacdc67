/** The agent's senses on a real kernel: agent/kernel's `Sensors` in the words of this folder. */
import { constants } from "node:os";
import type { TierRow } from "../kernel/tiers.ts";
import type { KernelEvent, Kind } from "@pahlevan/core/behaviour/event.ts";
import { summed } from "../kernel/counters.ts";
import { decode } from "../kernel/decode.ts";
import type { FacetThatMayBeOff } from "../kernel/hooks.ts";
import type { CountedNumbers, Few, InstanceProfile } from "../kernel/instance-table.ts";
import { capabilityName, ringOperationName, syscallName } from "../kernel/names/names.ts";
import type { RecordView } from "../kernel/record.ts";
import { Sensors } from "../kernel/sensors.ts";
import type { Hierarchy } from "../workload/hierarchy.ts";
import type { Counted, KindCounts, SensedInstance, Senses, SenseTier, Use } from "./senses.ts";

export interface SensesOptions {
  readonly ringBufferSize: number;
  readonly maxInstances: number;
  readonly seenEntries: number;
  readonly seenEntriesOwn: number;
  readonly seenEntriesMost: number;
  readonly fullRecordsPerSecond: number;
  readonly facetsOff: readonly FacetThatMayBeOff[];
  /** Policies are going to be enforced. */
  readonly guard?: boolean;
  readonly maxPolicies: number;
}

export class KernelSenses implements Senses {
  readonly #options: SensesOptions;
  readonly #hierarchy: Hierarchy;
  #sensors: Sensors | undefined;

  constructor(options: SensesOptions, hierarchy: Hierarchy) {
    this.#options = options;
    this.#hierarchy = hierarchy;
  }

  async start(onEvent: (event: KernelEvent) => void): Promise<void> {
    // What runs already is told before `Sensors.start` returns; whoever hears of it may ask back.
    let early: KernelEvent[] | undefined = [];
    const onRecord = (record: RecordView) => {
      const event = decode(record);
      if (event === undefined) return;
      if (early === undefined) onEvent(event);
      else early.push(event);
    };
    const options = this.#options;
    this.#sensors = Sensors.start({
      hierarchy: this.#hierarchy,
      ringBytes: 2 ** Math.ceil(Math.log2(options.ringBufferSize)),
      instances: options.maxInstances,
      seenEntries: options.seenEntries,
      ownEntries: options.seenEntriesOwn,
      mostEntries: options.seenEntriesMost,
      fullPerSecond: options.fullRecordsPerSecond,
      facetsOff: options.facetsOff,
      guard: options.guard ?? false,
      // Row 0 is nobody's.
      policies: options.guard ? options.maxPolicies + 1 : 1,
      onRecord,
    });
    const adopted = early;
    early = undefined;
    for (const event of adopted) onEvent(event);
  }

  async stop(): Promise<void> {
    this.#sensors?.stop();
  }

  close(): void {
    this.#sensors?.close();
    this.#sensors = undefined;
  }

  /** The kernel's face itself, for those who enforce. Undefined until it is started. */
  get kernel(): Sensors | undefined {
    return this.#sensors;
  }

  tiers(): readonly SenseTier[] {
    return (this.#sensors?.tiers() ?? []).map(senseTier);
  }

  counts(): readonly KindCounts[] {
    const sensors = this.#sensors;
    if (sensors === undefined) return [];
    const received = sensors.received();
    return [...summed(sensors.counters())].map(([kind, { dropped, ...counts }]) => {
      return { kind, ...counts, dropped: { ...dropped }, received: received.get(kind) ?? 0 };
    });
  }

  failures(): ReturnType<Senses["failures"]> {
    return (this.#sensors?.failures() ?? []).map(({ place, error, count }) => {
      return { place, error: errnoName(error), count };
    });
  }

  maps(): ReturnType<Senses["maps"]> {
    const uses = this.#sensors?.mapUse() ?? [];
    return uses.map(({ name, used, capacity }) => ({ map: name, used, capacity }));
  }

  programs(): ReturnType<Senses["programs"]> {
    return (this.#sensors?.programs() ?? []).map((program) => ({
      program: program.name,
      runs: program.runCount,
      seconds: program.runTimeNs / 1e9,
      missed: program.recursionMisses,
    }));
  }

  *instances(): Generator<SensedInstance> {
    for (const profile of this.#sensors?.instances() ?? []) yield sensed(profile);
  }

  instance(slot: number): SensedInstance | undefined {
    const profile = this.#sensors?.instance(slot);
    return profile === undefined ? undefined : sensed(profile);
  }

  ring(): ReturnType<Senses["ring"]> {
    return this.#sensors?.ringUse() ?? { sizeBytes: 0, pendingBytes: 0 };
  }

  malformed(): number {
    return this.#sensors?.malformed ?? 0;
  }

  every(kinds: ReadonlySet<Kind>, slot?: number): void {
    this.#sensors?.everyKinds(kinds, slot);
  }

  get watchesCalls(): boolean {
    return this.#sensors?.watchesSyscalls ?? false;
  }

  watchCalls(does: boolean): void {
    if (does) this.#sensors?.attachSyscalls();
    else this.#sensors?.detachSyscalls();
  }

  get canGuardCalls(): boolean {
    return this.#sensors?.canGuardCalls ?? false;
  }

  get guardsCalls(): boolean {
    return this.#sensors?.guardsCalls ?? false;
  }

  guardCalls(does: boolean): number {
    if (does) return this.#sensors?.guardCalls() ?? 0;
    this.#sensors?.unguardCalls();
    return 0;
  }

  endStart(...instances: Parameters<Senses["endStart"]>): void {
    this.#sensors?.endStart(...instances);
  }

  retire(slot: number): void {
    this.#sensors?.retire(slot);
  }

  inherit(cgroupId: bigint, slot: number): void {
    this.#sensors?.inherit(cgroupId, slot);
  }
}

function sensed(profile: InstanceProfile): SensedInstance {
  return {
    slot: profile.slot,
    generation: profile.generation,
    cgroupId: profile.cgroupId,
    fromStart: profile.fromStart,
    callsMissed: profile.callsMissed,
    lost: Number(profile.lost),
    facts: Number(profile.firstSights),
    entries: profile.entries,
    isSteady: profile.isSteady,
    oldestNs: profile.oldestNs,
    ...counted(profile),
    ...(profile.since && { since: counted(profile.since) }),
  };
}

function counted(numbers: CountedNumbers): Counted {
  const uses = (few: readonly Few[], nameOf: (number: number) => string): Use[] =>
    few.map(({ number, times }) => ({ name: nameOf(number), count: times }));
  return {
    syscalls: uses(numbers.syscalls, (number) => syscallName(number, false)),
    compatSyscalls: uses(numbers.compatSyscalls, (number) => syscallName(number, true)),
    capabilities: uses(numbers.capabilities, capabilityName),
    ringOperations: uses(numbers.ringOperations, ringOperationName),
  };
}

const errnoNames = new Map(Object.entries(constants.errno).map(([name, number]) => [number, name]));

/** Helpers return errors as negative numbers; 0 where the place alone says it. */
function errnoName(error: number): string {
  if (error === 0) return "";
  return errnoNames.get(Math.abs(error)) ?? String(Math.abs(error));
}

export function senseTier({ fact, kinds, tier, hooks, refused }: TierRow): SenseTier {
  const why = refused.map((refusal) => `${refusal.tier}: ${refusal.why}`).join("; ");
  return { fact, kinds, tier: tier ?? "none", hook: hooks.join(" "), ...(why && { why }) };
}
