/** Events and senses made by hand, for tests that need no kernel. */
import type { BehaviourEvent, Detail, KernelEvent } from "@pahlevan/core/behaviour/event.ts";
import type { ProcessFacts } from "@pahlevan/core/behaviour/event.ts";
import type { WorkloadIdentity } from "@pahlevan/core/behaviour/identity.ts";
import type { KindCounts, SensedInstance, Senses } from "./senses.ts";

export const madeIdentity: WorkloadIdentity = {
  kind: "container",
  namespace: "host",
  workload: "web",
  labels: {},
  complete: true,
};

interface Differences extends Partial<Omit<BehaviourEvent, "process" | "workload" | "detail">> {
  readonly process?: Partial<ProcessFacts>;
  readonly workload?: Partial<WorkloadIdentity>;
}

export function madeKernelEvent(detail: Detail, differences: Differences = {}): KernelEvent {
  const { process, workload: _, wallNs: __, ...rest } = differences;
  return {
    timeNs: 1_000n,
    cgroupId: 7n,
    instance: 3,
    generation: 1,
    flags: [],
    detail,
    ...rest,
    process: { pid: 10, startNs: 5n, tid: 10, comm: "x", uid: 0, gid: 0, ...process },
  };
}

export function madeEvent(detail: Detail, differences: Differences = {}): BehaviourEvent {
  return {
    ...madeKernelEvent(detail, differences),
    wallNs: differences.wallNs ?? 1_700_000_000_000_000_000n,
    workload: { ...madeIdentity, ...differences.workload },
  };
}

/** Senses that see what a test tells them to. */
export class MadeSenses implements Senses {
  readonly asked: { kinds: readonly string[]; slot: number | undefined }[] = [];
  readonly retired: number[] = [];
  readonly startsEnded: { ended: number[]; retell: number[] }[] = [];
  watchesCalls = true;
  canGuardCalls = false;
  guardsCalls = false;
  readonly inherited: { cgroupId: bigint; slot: number }[] = [];
  readonly profiles = new Map<number, SensedInstance>();
  counted: readonly KindCounts[] = [];
  running = false;
  #onEvent: (event: KernelEvent) => void = () => undefined;

  see(event: KernelEvent): void {
    this.#onEvent(event);
  }

  async start(onEvent: (event: KernelEvent) => void): Promise<void> {
    this.#onEvent = onEvent;
    this.running = true;
  }

  async stop(): Promise<void> {
    this.running = false;
  }

  close(): void {
    this.running = false;
  }

  tiers: Senses["tiers"] = () => [
    { fact: "open", kinds: ["open"], tier: "lsm", hook: "lsm/file_open" },
  ];
  counts: Senses["counts"] = () => this.counted;
  failures: Senses["failures"] = () => [];
  maps: Senses["maps"] = () => [];
  programs: Senses["programs"] = () => [];
  instances: Senses["instances"] = () => this.profiles.values();
  instance: Senses["instance"] = (slot) => this.profiles.get(slot);
  ring: Senses["ring"] = () => ({ sizeBytes: 4096, pendingBytes: 0 });
  malformed: Senses["malformed"] = () => 0;
  every: Senses["every"] = (kinds, slot) => void this.asked.push({ kinds: [...kinds], slot });
  watchCalls: Senses["watchCalls"] = (does) => void (this.watchesCalls = does);
  guardCalls: Senses["guardCalls"] = (does) => Number((this.guardsCalls = does));
  endStart: Senses["endStart"] = (ended, retell) => {
    const slots = (instances: typeof ended) => instances.map(({ slot }) => slot);
    this.startsEnded.push({ ended: slots(ended), retell: slots(retell) });
  };
  retire: Senses["retire"] = (slot) => void this.retired.push(slot);
  inherit: Senses["inherit"] = (cgroupId, slot) => void this.inherited.push({ cgroupId, slot });
}

export function madeProfile(differences: Partial<SensedInstance> = {}): SensedInstance {
  return {
    slot: 3,
    generation: 1,
    cgroupId: 7n,
    fromStart: true,
    callsMissed: false,
    lost: 0,
    facts: 0,
    entries: 0,
    isSteady: false,
    oldestNs: 0n,
    syscalls: [],
    compatSyscalls: [],
    capabilities: [],
    ringOperations: [],
    ...differences,
  };
}
