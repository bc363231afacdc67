/** How large the kernel's maps are, and the settings that the programs are loaded with. */
import { guardValues, limitValues, settingsLayout } from "./layout.gen.ts";

export interface SizeOptions {
  /** A power of two, and of pages. */
  readonly ringBytes: number;
  /** Instances that can be told apart at a time, with the unknown one and the host's. */
  readonly instances: number;
  /** What all instances together can be known to have done. */
  readonly seenEntries: number;
  /** Of those, what each instance has for itself … */
  readonly ownEntries: number;
  /** … and what it can have at most, out of what is shared. */
  readonly mostEntries: number;
  /** Records a second from an instance that has used up its entries. */
  readonly fullPerSecond: number;
  /** Tables that are in force at a time, and those on their way in or out. */
  readonly policies: number;
}

export const defaultSizes: SizeOptions = {
  ringBytes: 4 << 20,
  instances: 1024,
  seenEntries: 131_072,
  ownEntries: 64,
  mostEntries: 4096,
  fullPerSecond: 100,
  policies: 64,
};

/** More fit into no word of the kernel's cache of recent cgroups. */
const MOST_INSTANCES = 65_536;
const NO_PREALLOC = 1;
/** Allocated in full at start where the kernel cannot allocate in a hook: 3 MB instead of 13. */
const MOST_PREALLOCATED = 32_768;
const SCRATCHES_PER_CPU = 4;

export interface Sizes extends SizeOptions {
  readonly cpus: number;
  readonly spareEntries: number;
  readonly scratches: number;
  readonly seenFlags: number;
}

/**
 * `allocatesInHooks`: the kernel has struct bpf_mem_alloc, so that a hash map may grow in any hook.
 */
export function sizesFor(options: SizeOptions, cpus: number, allocatesInHooks: boolean): Sizes {
  const { ringBytes, instances } = options;
  if (!Number.isInteger(Math.log2(ringBytes)) || ringBytes < 4096)
    throw new Error(`ring of ${ringBytes} bytes: it takes a power of two, 4096 or more`);
  if (instances < 3 || instances > MOST_INSTANCES)
    throw new Error(`${instances} instances: it takes 3 to ${MOST_INSTANCES}`);
  const seenEntries = allocatesInHooks
    ? options.seenEntries
    : Math.min(options.seenEntries, MOST_PREALLOCATED);
  // At least half is shared: most instances do little, few do much.
  const ownEntries = Math.min(options.ownEntries, Math.floor(seenEntries / 2 / instances));
  return {
    ...options,
    seenEntries,
    ownEntries,
    cpus,
    spareEntries: seenEntries - ownEntries * instances,
    scratches: Math.max(8, cpus * SCRATCHES_PER_CPU),
    seenFlags: allocatesInHooks ? NO_PREALLOC : 0,
  };
}

export function mapEntries(sizes: Sizes): Readonly<Record<string, number>> {
  return {
    ring: sizes.ringBytes,
    instances: sizes.instances,
    free_instances: sizes.instances,
    seen: sizes.seenEntries,
    decisions: (limitValues.decisions_per_cpu + limitValues.folders_per_cpu) * sizes.cpus,
    recent: limitValues.recent_per_cpu * sizes.cpus,
    known_calls: limitValues.calls_per_cpu * sizes.cpus,
    scratches: sizes.scratches,
    free_scratches: sizes.scratches,
    policies: sizes.policies,
    rules: sizes.policies,
    // A workload may have two sets of tables.
    bound_paths: Math.ceil(sizes.policies / 2),
  };
}

export interface Tracked {
  readonly hierarchyId: number;
  /** Index of the v1 controller among the kernel's; undefined on v2. */
  readonly subsystem: number | undefined;
  /** What this process does is counted, and told of nobody. */
  readonly agentPid: number;
  /** With the pid, who it is: a pid may be another's when it is gone. */
  readonly agentStartTicks: bigint;
  /** Whether policies are going to be enforced, and how this kernel answers a denied exec. */
  readonly guard: Exclude<keyof typeof guardValues, "max">;
}

/** `struct settings`. The secret makes ids that nobody can craft. */
export function settingsBytes(sizes: Sizes, secret: Uint8Array, tracked: Tracked): Uint8Array {
  const { offset, sizeBytes, elements } = settingsLayout;
  if (secret.length !== elements.secret * 8)
    throw new Error(`a secret of ${secret.length} bytes: it takes ${elements.secret * 8}`);
  const bytes = Buffer.alloc(sizeBytes);
  bytes.set(secret, offset.secret);
  bytes.writeBigUInt64LE(BigInt(sizes.spareEntries), offset.spare);
  bytes.writeUInt32LE(sizes.ownEntries, offset.own_entries);
  bytes.writeUInt32LE(sizes.mostEntries, offset.most_entries);
  bytes.writeUInt32LE(sizes.cpus, offset.cpus);
  bytes.writeUInt32LE(sizes.fullPerSecond, offset.full_per_second);
  bytes.writeInt32LE(tracked.hierarchyId, offset.hierarchy_id);
  bytes.writeInt32LE(tracked.subsystem ?? -1, offset.subsystem);
  bytes.writeUInt32LE(tracked.agentPid, offset.agent_pid);
  bytes.writeUInt32LE(guardValues[tracked.guard], offset.guard);
  bytes.writeBigUInt64LE(tracked.agentStartTicks, offset.agent_start);
  return bytes;
}
