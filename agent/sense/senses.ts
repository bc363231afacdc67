/**
 * What the agent needs of the kernel's face: `Sensors` of agent/kernel is one, a test's own
 * another.
 */
import type { KernelEvent, Kind } from "@pahlevan/core/behaviour/event.ts";
import type { InstanceSlot } from "../kernel/guard/guard.ts";
import type { CountedAs } from "../kernel/instance-table.ts";

/** How a fact is sensed on this kernel, and why not better. */
export interface SenseTier {
  /** "open", "connect (unix)", "accept, flow" */
  readonly fact: string;
  readonly kinds: readonly Kind[];
  /** lsm, fentry, tracepoint, cgroup, …; `none` where the kernel offers nothing. */
  readonly tier: string;
  readonly hook: string;
  readonly why?: string;
}

/** generated = delivered + aggregated + every kind of dropped; received is what JavaScript got. */
export interface KindCounts {
  readonly kind: Kind;
  readonly generated: number;
  readonly delivered: number;
  readonly aggregated: number;
  readonly dropped: Readonly<Record<string, number>>;
  readonly received: number;
}

/** A count stops at 255. */
export interface Use {
  readonly name: string;
  readonly count: number;
}

export type Counted = CountedAs<Use>;

/** The kernel's profile of one instance, read at one moment. */
export interface SensedInstance extends Counted {
  readonly slot: number;
  readonly generation: number;
  readonly cgroupId: bigint;
  readonly fromStart: boolean;
  /** Of its programs' system calls some were not watched. */
  readonly callsMissed: boolean;
  readonly lost: number;
  readonly facts: number;
  readonly entries: number;
  /** The kernel knows that its start is over. */
  readonly isSteady: boolean;
  /** When its oldest process began, of those that were there before the agent; else 0. */
  readonly oldestNs: bigint;
  /** What is counted since its start was over; absent where the kernel was not made to forget. */
  readonly since?: Counted;
}

export interface Senses {
  /** Programs are attached when it returns; what runs already is adopted. */
  start(onEvent: (event: KernelEvent) => void): Promise<void>;
  /**
   * Nothing is attached when it returns, what was delivered has been handed on; counters stay
   * readable.
   */
  stop(): Promise<void>;
  /** After it nothing may be asked any more. */
  close(): void;
  tiers(): readonly SenseTier[];
  counts(): readonly KindCounts[];
  failures(): readonly { readonly place: string; readonly error: string; readonly count: number }[];
  maps(): readonly { readonly map: string; readonly used: number; readonly capacity: number }[];
  programs(): readonly {
    readonly program: string;
    readonly runs: number;
    readonly seconds: number;
    readonly missed: number;
  }[];
  instances(): Iterable<SensedInstance>;
  instance(slot: number): SensedInstance | undefined;
  ring(): { readonly sizeBytes: number; readonly pendingBytes: number };
  /** Records that could not be decoded. */
  malformed(): number;
  /** Ask for every occurrence of these kinds, of one instance or of all. */
  every(kinds: ReadonlySet<Kind>, slot?: number): void;
  /** Whether system calls are watched now. Where the kernel does not show them, they never are. */
  readonly watchesCalls: boolean;
  /** Watching costs each system call of the host. */
  watchCalls(does: boolean): void;
  /** What policies deny can be stopped at the functions of those calls, which costs no other. */
  readonly canGuardCalls: boolean;
  /** Whether it is. By the policies that the kernel has by then: a later one may deny more. */
  readonly guardsCalls: boolean;
  /** How many functions that are. */
  guardCalls(does: boolean): number;
  /** Their start is over; of those to `retell` the kernel forgets what it has told. */
  endStart(ended: readonly InstanceSlot[], retell: readonly InstanceSlot[]): void;
  retire(slot: number): void;
  inherit(cgroupId: bigint, slot: number): void;
}

/** By which tier a kind is told: the first that serves it. */
export function tiersByKind(senses: Pick<Senses, "tiers">): (kind: Kind) => string {
  const tiers = new Map<Kind, string>();
  for (const { kinds, tier } of senses.tiers()) {
    for (const kind of kinds) if (!tiers.has(kind)) tiers.set(kind, tier);
  }
  return (kind) => tiers.get(kind) ?? "none";
}
