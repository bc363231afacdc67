/**
 * One container, unit or command: what its cgroups have in common, and which instance a cgroup
 * belongs to.
 */
import type { WorkloadIdentity } from "@pahlevan/core/behaviour/identity.ts";
import { parseCgroupPath } from "./cgroup-path.ts";
import type { CgroupOwner } from "./cgroup-path.ts";
import { identify } from "./identify.ts";
import type { ContainerFacts, ContainerQuestion } from "./runtimes/source.ts";

export interface Instance {
  readonly key: string;
  readonly owner: CgroupOwner;
  identity: WorkloadIdentity;
  readonly cgroups: Set<bigint>;
  /** How many of them have not ended. */
  living: number;
  /** Under way: asking runtimes, or looking for the path. */
  settling: Promise<WorkloadIdentity> | undefined;
  /** Not before this, when the last time brought nothing. */
  askAgainAt: number;
  /** What its runtime said of it without being asked. */
  told: ContainerFacts | undefined;
  /** Known well enough for now: a runtime that was slow, or busy with its start, may say more. */
  isAskedOnceMore: boolean;
}

export class Instances {
  readonly #byKey = new Map<string, Instance>();

  get size(): number {
    return this.#byKey.size;
  }

  values(): Iterable<Instance> {
    return this.#byKey.values();
  }

  /**
   * The one that the owner names, if a cgroup of it lives; else a new one, because names are used
   * again.
   */
  of(owner: CgroupOwner, key: string = keyOf(owner)): Instance {
    const known = this.#byKey.get(key);
    if (known !== undefined && known.living > 0) return known;
    return {
      key,
      owner,
      identity: identify(owner),
      cgroups: new Set(),
      living: 0,
      settling: undefined,
      askAgainAt: 0,
      told: undefined,
      isAskedOnceMore: false,
    };
  }

  /**
   * The owner by the path; below a cgroup that a runtime was found to have claimed, that cgroup's.
   */
  ownerAt(path: string, root?: string): CgroupOwner {
    const owner = parseCgroupPath(path, root);
    if (owner.kind !== "cgroup") return owner;
    for (let cut = path.indexOf("/", 1); cut > 0; cut = path.indexOf("/", cut + 1)) {
      const above = this.#byKey.get(path.slice(0, cut));
      if (above?.identity.container !== undefined && above.living > 0) return above.owner;
    }
    return owner;
  }

  join(instance: Instance, cgroupId: bigint, lives: boolean): void {
    if (lives && !instance.cgroups.has(cgroupId)) instance.living++;
    instance.cgroups.add(cgroupId);
    this.#byKey.set(instance.key, instance);
  }

  leave(instance: Instance, cgroupId: bigint, lived: boolean): void {
    if (lived && instance.cgroups.has(cgroupId)) instance.living--;
    instance.cgroups.delete(cgroupId);
    const current = this.#byKey.get(instance.key) === instance;
    if (current && instance.cgroups.size === 0) this.#byKey.delete(instance.key);
  }
}

/** What was told without being asked counts where nobody answers, and its labels beside others'. */
export function withTold(
  found: ContainerFacts | undefined,
  told: ContainerFacts | undefined,
): ContainerFacts | undefined {
  if (found === undefined || told === undefined) return found ?? told;
  return { ...found, labels: { ...told.labels, ...found.labels } };
}

/** What a container is asked for by. */
export function questionOf({ container, level, podUid, uid }: CgroupOwner): ContainerQuestion {
  return {
    level,
    ...(container === undefined ? {} : { id: container.id }),
    ...(podUid === undefined ? {} : { podUid }),
    ...(uid === undefined ? {} : { uid }),
  };
}

/**
 * A runtime's own ids are unique, wherever the cgroup lies; names that a person chose are so within
 * their path only. A user's ids are kept apart, so that nobody takes a system container's place.
 */
function keyOf({ container, level, uid }: CgroupOwner): string {
  if (container === undefined || !/^[0-9a-f]{64}$/.test(container.id)) return level;
  return `${uid ?? ""}#${container.id}`;
}
