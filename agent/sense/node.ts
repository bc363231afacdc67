/** Puts an agent together for this host: its cgroups, its container runtimes, its kernel. */
import { statSync } from "node:fs";
import { systemClock } from "../workload/clock.ts";
import { CgroupTree } from "../workload/cgroup-tree.ts";
import { findHierarchy, type Hierarchy } from "../workload/hierarchy.ts";
import { Metadata } from "../workload/metadata.ts";
import { WorkloadRegistry } from "../workload/registry.ts";
import { usualSources } from "../workload/runtimes/usual.ts";
import { Agent } from "./agent.ts";
import { KernelSenses, type SensesOptions } from "./kernel-senses.ts";

export interface NodeSettings extends SensesOptions {
  /** Empty chooses. */
  readonly cgroupHierarchy: string;
  readonly metadataWait: number;
  readonly processTableSize: number;
  readonly journalSize: number;
}

export interface Node {
  readonly agent: Agent;
  readonly senses: KernelSenses;
  readonly hierarchy: Hierarchy;
  readonly registry: WorkloadRegistry;
  readonly metadata: Metadata;
}

/** Nothing is attached yet when it returns: `agent.start()` does that. */
export async function openNode(settings: NodeSettings): Promise<Node> {
  const hierarchy = await findHierarchy(settings.cgroupHierarchy || undefined);
  const metadata = new Metadata(usualSources(hierarchy), {
    clock: systemClock,
    boundMs: settings.metadataWait,
  });
  const { root } = hierarchy;
  const registry = new WorkloadRegistry({
    clock: systemClock,
    metadata,
    tree: new CgroupTree(hierarchy),
    root,
  });
  const senses = new KernelSenses(settings, hierarchy);
  const agent = new Agent({
    senses,
    identities: registry,
    cgroupIdOf: (path) => cgroupIdAt(hierarchy, path),
    processTableSize: settings.processTableSize,
    journalSize: settings.journalSize,
  });
  return { agent, senses, hierarchy, registry, metadata };
}

/**
 * A cgroup's id is its directory's inode. Undefined when it is gone, or outside of what is mounted.
 */
export function cgroupIdAt(hierarchy: Hierarchy, path: string): bigint | undefined {
  const directory = directoryAt(hierarchy, path);
  if (directory === undefined) return undefined;
  return statSync(directory, { bigint: true, throwIfNoEntry: false })?.ino;
}

/** Undefined outside of what is mounted. */
export function directoryAt({ mountPoint, root }: Hierarchy, path: string): string | undefined {
  if (root !== "/" && path !== root && !path.startsWith(`${root}/`)) return undefined;
  return `${mountPoint}${root === "/" ? path : path.slice(root.length)}`;
}
