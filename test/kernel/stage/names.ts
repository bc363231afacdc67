/** Which container a cgroup is: the agent's own registry, over the state of the tests' runtimes. */
import { CgroupTree } from "@pahlevan/agent/workload/cgroup-tree.ts";
import { systemClock } from "@pahlevan/agent/workload/clock.ts";
import { Metadata } from "@pahlevan/agent/workload/metadata.ts";
import { WorkloadRegistry } from "@pahlevan/agent/workload/registry.ts";
import { ociStateSource } from "@pahlevan/agent/workload/runtimes/oci-state.ts";
import type { WorkloadIdentity } from "@pahlevan/core/behaviour/identity.ts";
import { PATIENCE_MS } from "../../patience.ts";
import type { OciContainer } from "../../stack/containers/oci-container.ts";
import type { Watch } from "./watch.ts";

export class Names {
  readonly #registry: WorkloadRegistry;
  readonly #parts = new Map<string, string>();

  /** `cast`: each container by its part in the test. */
  constructor({ hierarchy }: Watch, cast: Readonly<Record<string, OciContainer>>) {
    for (const [part, { id }] of Object.entries(cast)) this.#parts.set(id, part);
    const roots = Object.values(cast).map(({ stateRoot: path, runtime }) => ({
      path,
      runtime,
      daemon: false,
    }));
    const options = { clock: systemClock, boundMs: PATIENCE_MS };
    const metadata = new Metadata([ociStateSource(hierarchy, roots)], options);
    const tree = new CgroupTree(hierarchy);
    this.#registry = new WorkloadRegistry({ clock: systemClock, metadata, tree });
  }

  /** Once the runtime has been asked. */
  settled(cgroupId: bigint): Promise<WorkloadIdentity> {
    return this.#registry.settled(cgroupId);
  }

  /**
   * The part of the container that this cgroup is by the registry's word, or the workload's name.
   */
  async partOf(cgroupId: bigint): Promise<string> {
    const { container, workload } = await this.settled(cgroupId);
    return this.#parts.get(container?.id ?? "") ?? workload;
  }
}
