/**
 * The labels and annotations by which the kubelet and the CRI runtimes mark a container with its
 * pod.
 */
import type { PodIdentity } from "@pahlevan/core/behaviour/identity.ts";

type Marks = Readonly<Record<string, string>>;

/** The label is the kubelet's; the annotations those of containerd and CRI-O in the OCI spec. */
const keys = {
  container: ["io.kubernetes.container.name", "io.kubernetes.cri.container-name"],
  podName: ["io.kubernetes.pod.name", "io.kubernetes.cri.sandbox-name"],
  podNamespace: ["io.kubernetes.pod.namespace", "io.kubernetes.cri.sandbox-namespace"],
  podUid: ["io.kubernetes.pod.uid", "io.kubernetes.cri.sandbox-uid"],
  image: ["io.kubernetes.cri.image-name", "io.kubernetes.cri-o.ImageName"],
  sandbox: ["io.kubernetes.cri.sandbox-id", "io.kubernetes.cri-o.SandboxID"],
  kind: [
    "io.cri-containerd.kind",
    "io.kubernetes.cri.container-type",
    "io.kubernetes.cri-o.ContainerType",
  ],
} as const;

export function mark(marks: Marks, what: keyof typeof keys): string {
  for (const key of keys[what]) {
    const value = marks[key];
    if (value !== undefined && value !== "") return value;
  }
  return "";
}

export function podOf(marks: Marks): PodIdentity | undefined {
  const name = mark(marks, "podName");
  if (name === "") return undefined;
  return { name, namespace: mark(marks, "podNamespace") || "default", uid: mark(marks, "podUid") };
}

/** The container that holds a pod's namespaces open has no name of its own. */
export function kubernetesName(marks: Marks): string {
  return mark(marks, "container") || (mark(marks, "kind") === "sandbox" ? "pause" : "");
}
