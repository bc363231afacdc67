/**
 * How a workload is named on this host: "web", or "shop/web" in another namespace than the host's.
 */
import { hostNamespace } from "@pahlevan/core/behaviour/identity.ts";

export interface WorkloadName {
  readonly namespace: string;
  readonly workload: string;
}

export function workloadText({ namespace, workload }: WorkloadName): string {
  // A unit's or cgroup's name may have a slash: then the namespace says where it begins.
  return namespace === hostNamespace && !workload.includes("/")
    ? workload
    : `${namespace}/${workload}`;
}

export function readWorkload(text: string): WorkloadName {
  const slash = text.indexOf("/");
  return slash < 0
    ? { namespace: hostNamespace, workload: text }
    : { namespace: text.slice(0, slash), workload: text.slice(slash + 1) };
}
