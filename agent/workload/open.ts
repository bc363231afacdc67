/** This folder put together as the agent uses it: hierarchy, tree, runtimes and registry. */
import { CgroupTree } from "./cgroup-tree.ts";
import { systemClock } from "./clock.ts";
import type { Clock } from "./clock.ts";
import { findHierarchy } from "./hierarchy.ts";
import type { Hierarchy } from "./hierarchy.ts";
import { Metadata } from "./metadata.ts";
import { WorkloadRegistry } from "./registry.ts";
import { usualSources } from "./runtimes/usual.ts";

export interface Workloads {
  readonly hierarchy: Hierarchy;
  readonly tree: CgroupTree;
  readonly metadata: Metadata;
  readonly registry: WorkloadRegistry;
}

export interface WorkloadsOptions {
  readonly clock?: Clock;
  /** Overrides the choice of hierarchy (see `chooseHierarchy`). */
  readonly hierarchy?: string;
  /** Where the host's file system is seen, when the agent runs in a container. */
  readonly hostRoot?: string;
}

/** Throws where no cgroup hierarchy is mounted; a host without any container runtime is fine. */
export async function openWorkloads(options: WorkloadsOptions = {}): Promise<Workloads> {
  const { clock = systemClock, hostRoot } = options;
  const hierarchy = await findHierarchy(options.hierarchy);
  const tree = new CgroupTree(hierarchy, { now: () => clock.now() });
  const metadata = new Metadata(usualSources(hierarchy, hostRoot), { clock });
  const registry = new WorkloadRegistry({ clock, metadata, tree });
  return { hierarchy, tree, metadata, registry };
}
