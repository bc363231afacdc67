/** Every runtime that a host may have, at its usual place, in the order of whose word counts. */
import type { Hierarchy } from "../hierarchy.ts";
import { containerdSource } from "./containerd.ts";
import { containersStorageSource, usualStorageFiles } from "./containers-storage.ts";
import { criSource } from "./cri.ts";
import { dockerSource } from "./docker.ts";
import { ociStateSource, usualStateRoots } from "./oci-state.ts";
import type { MetadataSource } from "./source.ts";

/**
 * Nothing is opened until a container is asked about; what is not installed costs one failed
 * connect. `root` is where the host's file system is seen: "/host" in a container that has it
 * mounted there.
 */
export function usualSources(
  hierarchy: Pick<Hierarchy, "mode" | "mountPoint">,
  root = "",
): readonly MetadataSource[] {
  const at = (path: string) => `${root}${path}`;
  const userSocket = (uid: number | undefined, system: string, own: string) =>
    at(uid === undefined ? system : `/run/user/${uid}/${own}`);
  return [
    criSource("cri-o", at("/run/crio/crio.sock")),
    dockerSource("docker", (uid) => userSocket(uid, "/run/docker.sock", "docker.sock")),
    dockerSource("podman", (uid) =>
      userSocket(uid, "/run/podman/podman.sock", "podman/podman.sock"),
    ),
    criSource("containerd", at("/run/containerd/containerd.sock")),
    containerdSource(at("/run/containerd/containerd.sock")),
    criSource("containerd", at("/run/k3s/containerd/containerd.sock"), "k3s"),
    containerdSource(at("/run/k3s/containerd/containerd.sock"), "k3s"),
    criSource("docker", at("/run/cri-dockerd.sock")),
    containersStorageSource(usualStorageFiles.map(at)),
    ociStateSource(hierarchy, usualStateRoots(at("/run"))),
  ];
}
