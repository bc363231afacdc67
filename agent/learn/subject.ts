/** Of which workload an instance is, and what it was made from, as learning asks. */
import type { WorkloadIdentity, WorkloadKind } from "@pahlevan/core/behaviour/identity.ts";
import type { WorkloadName } from "../store/workload-name.ts";

export interface Subject {
  readonly name: WorkloadName;
  /** Which of its instances, together with the time of its start. */
  readonly id: string;
  readonly image: string;
  readonly template: string;
}

/**
 * What people do in a session, and what the host does beside its services, is no workload's. A
 * command of `pahlevan run` is learned by whoever runs it: twice would be two instances.
 */
const learned: ReadonlySet<WorkloadKind> = new Set(["container", "pod", "unit"]);

/** Undefined for what is not learned, also while it has no name: ids are no workloads. */
export function subjectOf(identity: WorkloadIdentity, cgroupId: bigint): Subject | undefined {
  const { kind, namespace, workload, container, complete, labels } = identity;
  if (!complete || !learned.has(kind) || workload === "" || namespace === "") return undefined;
  const image = container?.image ?? "";
  return {
    name: { namespace, workload },
    id: container?.id ?? `cgroup ${cgroupId}`,
    image,
    template: labels["pod-template-hash"] ?? labels["controller-revision-hash"] ?? image,
  };
}
