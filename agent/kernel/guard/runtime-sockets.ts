/**
 * Where container runtimes listen by default. The kernel knows by an entry that a socket is one of
 * theirs, so that each policy has one for each of these.
 */

const below = [
  ...["docker.sock", "cri-dockerd.sock", "dockershim.sock", "crio/crio.sock", "podman/podman.sock"],
  ...["containerd/containerd.sock", "containerd/containerd.sock.ttrpc"],
  ...["k3s/containerd/containerd.sock", "k3s/containerd/containerd.sock.ttrpc"],
  "buildkit/buildkitd.sock",
];

export const runtimeSockets: readonly string[] = [
  ...["/run", "/var/run"].flatMap((directory) => below.map((path) => `${directory}/${path}`)),
  "/var/lib/kubelet/device-plugins/kubelet.sock",
  "/var/lib/kubelet/pod-resources/kubelet.sock",
];
