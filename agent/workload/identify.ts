/**
 * Puts an identity together: what the cgroup's path says, and what a runtime told about the
 * container.
 */
import { hostNamespace, identityLabels } from "@pahlevan/core/behaviour/identity.ts";
import type { WorkloadIdentity } from "@pahlevan/core/behaviour/identity.ts";
import { shortId } from "./cgroup-path.ts";
import type { CgroupOwner } from "./cgroup-path.ts";
import { podWorkload } from "./pod-owner.ts";
import type { ContainerFacts } from "./runtimes/source.ts";

/** These are named by their path, and have no labels or images to ask for. */
const selfNamed = new Set(["lxc", "nspawn", "machined"]);

function needsMetadata(owner: CgroupOwner): boolean {
  if (owner.kind === "container") return !selfNamed.has(owner.container?.runtime ?? "");
  // A plain cgroup may be the container of a runtime that was told to use this very path.
  return owner.kind === "pod" || (owner.kind === "cgroup" && owner.uid === undefined);
}

export function identify(owner: CgroupOwner, facts?: ContainerFacts): WorkloadIdentity {
  if (owner.kind === "container" || owner.kind === "pod" || facts !== undefined) {
    return identifyContainer(owner, facts);
  }
  const { kind, name, unit } = owner;
  return {
    kind,
    namespace: hostNamespace,
    workload: name,
    ...(unit === undefined ? {} : { unit }),
    labels: {
      // A plain cgroup's own path is not bounded, but it is what a selector would name.
      [identityLabels.name]: kind === "cgroup" ? owner.level || name : name,
      ...(unit === undefined ? {} : { [identityLabels.unit]: unit }),
    },
    complete: !needsMetadata(owner),
  };
}

function identifyContainer(
  owner: CgroupOwner,
  facts: ContainerFacts | undefined,
): WorkloadIdentity {
  const id = owner.container?.id ?? (owner.podUid === undefined ? facts?.id : undefined);
  const runtime = facts?.runtime || owner.container?.runtime || "";
  const named = selfNamed.has(runtime) ? owner.name : "";
  const container =
    id === undefined
      ? undefined
      : { id, name: facts?.name || named, image: facts?.image ?? "", runtime };
  const pod = podIdentity(owner, facts);
  const workload = containerWorkload(owner, facts);
  return {
    kind: pod === undefined ? "container" : "pod",
    namespace: pod?.namespace ?? hostNamespace,
    workload,
    ...(container === undefined ? {} : { container }),
    ...(pod === undefined ? {} : { pod }),
    labels: {
      ...facts?.labels,
      [identityLabels.name]: container?.name || workload,
      ...(container?.image ? { [identityLabels.image]: container.image } : {}),
      ...(runtime === "" ? {} : { [identityLabels.runtime]: runtime }),
    },
    complete: facts?.final ?? !needsMetadata(owner),
  };
}

/**
 * While nobody has told the pod's name, its namespace is empty rather than a guess: no policy may
 * match it by accident. A container that claims a pod by labels, but does not lie in a pod's
 * cgroup, is believed only where the path cannot tell (containerd's own client).
 */
function podIdentity(
  owner: CgroupOwner,
  facts: ContainerFacts | undefined,
): WorkloadIdentity["pod"] {
  if (owner.uid !== undefined) return undefined;
  if (owner.podUid === undefined) return facts?.pod;
  return {
    name: facts?.pod?.name ?? "",
    namespace: facts?.pod?.namespace ?? "",
    uid: owner.podUid,
  };
}

function containerWorkload(owner: CgroupOwner, facts: ContainerFacts | undefined): string {
  if (facts === undefined) return owner.name;
  const { labels, pod, name, image } = facts;
  if (pod !== undefined && owner.uid === undefined) return podWorkload(pod.name, labels);
  const service = labels["com.docker.compose.service"];
  // A project's services have names like "db"; as docker itself does, the project comes first.
  if (service) return [labels["com.docker.compose.project"], service].filter(Boolean).join("-");
  return (
    labels["com.docker.swarm.service.name"] ||
    name ||
    imageName(image) ||
    shortId(facts.id) ||
    owner.name
  );
}

/** "registry:5000/team/nginx:1.29@sha256:…" → "nginx" */
function imageName(image: string): string {
  const last = image.replace(/@.*$/, "").split("/").at(-1) ?? "";
  return last.replace(/:.*$/, "");
}
