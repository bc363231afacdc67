/** Which unix sockets are those of a container runtime: who reaches one is root on the host. */

const names =
  /\/(?:docker|containerd|crio|podman|dockershim|kubelet|buildkitd|cri-dockerd)\.sock(?:\.ttrpc)?$/;

export function isRuntimeSocket(path: string): boolean {
  return names.test(path);
}
