import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseCgroupPath } from "./cgroup-path.ts";
import type { CgroupOwner } from "./cgroup-path.ts";

const id = "3f4e7c1d9a0b8265f1c2d3e4a5b6c7d8e9f00112233445566778899aabbccdde";
const inner = "b1946ac92492d2347c6235b4d2611184b1946ac92492d2347c6235b4d2611184";
const uid = "8a3c5e7f-1b2d-4c6e-9f80-123456789abc";
const uidEscaped = uid.replaceAll("-", "_");
const staticUid = "0123456789abcdef0123456789abcdef";
const burstable = "/kubepods.slice/kubepods-burstable.slice";

type Expected = Partial<Omit<CgroupOwner, "container" | "podUid">> & {
  container?: string;
  runtime?: string;
  podUid?: string | undefined;
};

/** [what it is, path, what it must say]; `level` is the whole path unless given. */
const corpus: readonly (readonly [what: string, path: string, expected: Expected])[] = [
  ["the root", "/", { kind: "host", name: "host" }],
  ["an empty path", "", { kind: "host", level: "/" }],

  // Docker
  [
    "docker, cgroupfs",
    `/docker/${id}`,
    { kind: "container", container: id, runtime: "docker", name: id.slice(0, 12) },
  ],
  [
    "docker, systemd",
    `/system.slice/docker-${id}.scope`,
    { kind: "container", container: id, runtime: "docker" },
  ],
  [
    "a cgroup inside a docker container",
    `/system.slice/docker-${id}.scope/init/sub`,
    { level: `/system.slice/docker-${id}.scope`, container: id },
  ],
  ["docker in docker", `/docker/${id}/docker/${inner}`, { level: `/docker/${id}`, container: id }],
  [
    "systemd in docker",
    `/docker/${id}/system.slice/nginx.service`,
    { level: `/docker/${id}`, container: id, kind: "container" },
  ],
  ["docker with a custom parent", `/my-parent/${id}`, { container: id, runtime: "" }],
  [
    "docker, systemd name under cgroupfs",
    `/system.slice:docker:${id}`,
    { container: id, runtime: "docker" },
  ],
  [
    "a step of docker buildkit",
    "/docker/buildkit/x7k2mfl0pq9a8s7d6f5g4h3j2",
    { runtime: "buildkit", container: "x7k2mfl0pq9a8s7d6f5g4h3j2" },
  ],
  [
    "an ECS task",
    `/ecs/0a1b2c3d4e5f60718293a4b5c6d7e8f9/${id}`,
    { container: id, runtime: "docker" },
  ],
  [
    "the docker daemon itself",
    "/system.slice/docker.service",
    { kind: "unit", unit: "docker.service", name: "docker.service" },
  ],

  // Kubernetes
  [
    "k8s, containerd, systemd",
    `${burstable}/kubepods-burstable-pod${uidEscaped}.slice/cri-containerd-${id}.scope`,
    { kind: "pod", container: id, runtime: "containerd", podUid: uid },
  ],
  [
    "k8s, containerd, cgroupfs",
    `/kubepods/besteffort/pod${uid}/${id}`,
    { kind: "pod", container: id, runtime: "", podUid: uid },
  ],
  ["k8s, guaranteed", `/kubepods/pod${uid}/${id}`, { kind: "pod", container: id, podUid: uid }],
  [
    "k8s, static pod",
    `/kubepods/burstable/pod${staticUid}/${id}`,
    { container: id, podUid: staticUid },
  ],
  [
    "k8s, cgroup made by the container",
    `/kubepods/besteffort/pod${uid}/${id}/kid`,
    { level: `/kubepods/besteffort/pod${uid}/${id}`, container: id },
  ],
  [
    "the pod's own cgroup",
    `/kubepods/besteffort/pod${uid}`,
    { kind: "pod", podUid: uid, name: uid },
  ],
  [
    "the pod's own slice",
    `${burstable}/kubepods-burstable-pod${uidEscaped}.slice`,
    { kind: "pod", podUid: uid },
  ],
  [
    "k8s, CRI-O, systemd",
    `${burstable}/kubepods-burstable-pod${uidEscaped}.slice/crio-${id}.scope`,
    { container: id, runtime: "cri-o", podUid: uid },
  ],
  [
    "k8s, CRI-O, crun's own child",
    `${burstable}/kubepods-burstable-pod${uidEscaped}.slice/crio-${id}.scope/container`,
    {
      level: `${burstable}/kubepods-burstable-pod${uidEscaped}.slice/crio-${id}.scope`,
      container: id,
    },
  ],
  [
    "k8s, CRI-O, cgroupfs",
    `/kubepods/besteffort/pod${uid}/crio-${id}`,
    { container: id, runtime: "cri-o", podUid: uid },
  ],
  [
    "CRI-O's monitor counts for its pod",
    `${burstable}/kubepods-burstable-pod${uidEscaped}.slice/crio-conmon-${id}.scope`,
    { kind: "pod", level: `${burstable}/kubepods-burstable-pod${uidEscaped}.slice`, podUid: uid },
  ],
  [
    "k8s, docker shim",
    `/kubepods.slice/kubepods-pod${uidEscaped}.slice/docker-${id}.scope`,
    { container: id, runtime: "docker", podUid: uid },
  ],
  [
    "k8s, mixed drivers",
    `/system.slice/containerd.service/kubepods-burstable-pod${uidEscaped}.slice:cri-containerd:${id}`,
    { kind: "pod", container: id, runtime: "containerd", podUid: uid },
  ],
  [
    "k8s in docker (kind), seen by the host",
    `/docker/${id}/kubelet/kubepods/pod${uid}/${inner}`,
    { kind: "container", container: id, level: `/docker/${id}` },
  ],
  [
    "kubelet with its own root",
    `/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-pod${uidEscaped}.slice/cri-containerd-${id}.scope`,
    { kind: "pod", container: id },
  ],
  ["kubepods itself", "/kubepods/besteffort", { kind: "cgroup", name: "/kubepods/besteffort" }],

  // containerd's own client, nerdctl, bare OCI runtimes
  [
    "ctr run",
    "/default/redis-1",
    { kind: "container", container: "redis-1", runtime: "containerd", name: "redis-1" },
  ],
  ["ctr run, nested", "/k8s.io/abc/x/y", { level: "/k8s.io/abc", container: "abc" }],
  [
    "a cgroup named default, deeper down",
    "/srv/default/x",
    { kind: "cgroup", name: "/srv/default/x" },
  ],
  ["nerdctl", `/system.slice/nerdctl-${id}.scope`, { container: id, runtime: "containerd" }],
  ["nerdctl, cgroupfs", `/nerdctl/${id}`, { container: id, runtime: "containerd" }],
  ["runc run", "/system.slice/runc-web.scope", { container: "web", runtime: "runc" }],
  ["crun run", "/user.slice/crun-job_1.scope", { container: "job_1", runtime: "crun" }],

  // Podman
  [
    "podman",
    `/machine.slice/libpod-${id}.scope`,
    { kind: "container", container: id, runtime: "podman" },
  ],
  [
    "podman, crun's child",
    `/machine.slice/libpod-${id}.scope/container`,
    { level: `/machine.slice/libpod-${id}.scope`, container: id },
  ],
  ["podman, cgroupfs", `/libpod_parent/libpod-${id}`, { container: id, runtime: "podman" }],
  [
    "podman pod",
    `/machine.slice/machine-libpod_pod_${inner}.slice/libpod-${id}.scope/container`,
    { container: id, level: `/machine.slice/machine-libpod_pod_${inner}.slice/libpod-${id}.scope` },
  ],
  [
    "a quadlet",
    `/system.slice/web.service/libpod-payload-${id}`,
    { container: id, runtime: "podman", kind: "container" },
  ],
  [
    "podman's monitor",
    `/machine.slice/libpod-conmon-${id}.scope`,
    { kind: "unit", name: "conmon.scope" },
  ],
  [
    "rootless podman",
    `/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-${id}.scope/container`,
    {
      container: id,
      runtime: "podman",
      uid: 1000,
      level: `/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-${id}.scope`,
    },
  ],
  [
    "rootless docker",
    `/user.slice/user-1001.slice/user@1001.service/user.slice/docker-${id}.scope`,
    { container: id, runtime: "docker", uid: 1001 },
  ],
  [
    "a user's made-up pod",
    `/user.slice/user-1001.slice/user@1001.service/pod${uid}/${id}`,
    { kind: "container", podUid: undefined, uid: 1001 },
  ],

  // System containers and others
  ["LXC", "/lxc.payload.web", { container: "web", runtime: "lxc", name: "web" }],
  [
    "LXC, a service inside",
    "/lxc.payload.web/system.slice/nginx.service",
    { level: "/lxc.payload.web", container: "web" },
  ],
  ["LXC before 4.0", "/lxc/web/init.scope", { level: "/lxc/web", container: "web" }],
  ["LXC's monitor", "/lxc.monitor.web", { kind: "cgroup" }],
  [
    "nspawn",
    "/machine.slice/systemd-nspawn@deb12.service/payload/init.scope",
    { level: "/machine.slice/systemd-nspawn@deb12.service", container: "deb12", runtime: "nspawn" },
  ],
  [
    "a machine of machined",
    "/machine.slice/machine-qemu\\x2d3\\x2dvm.scope/libvirt/emulator",
    {
      container: "qemu-3-vm",
      runtime: "machined",
      level: "/machine.slice/machine-qemu\\x2d3\\x2dvm.scope",
    },
  ],
  [
    "Nomad",
    `/nomad.slice/share.slice/${uid}.web.scope`,
    { container: `${uid}.web`, runtime: "nomad" },
  ],
  ["a GitHub job's container", `/actions_job/${id}`, { container: id, runtime: "docker" }],

  // systemd
  [
    "a service",
    "/system.slice/nginx.service",
    { kind: "unit", unit: "nginx.service", name: "nginx.service" },
  ],
  [
    "a cgroup inside a service",
    "/system.slice/ssh.service/sub",
    { level: "/system.slice/ssh.service", unit: "ssh.service" },
  ],
  [
    "an instance of a template",
    "/system.slice/system-getty.slice/getty@tty1.service",
    { unit: "getty@tty1.service", name: "getty@.service" },
  ],
  [
    "an instance with dashes and escapes",
    "/system.slice/system-systemd\\x2dfsck.slice/systemd-fsck@dev-vda1.service",
    { name: "systemd-fsck@.service" },
  ],
  ["systemd itself", "/init.scope", { kind: "unit", unit: "init.scope" }],
  ["a slice", "/system.slice", { kind: "unit", unit: "system.slice" }],
  [
    "a plain cgroup in a slice",
    "/system.slice/plain",
    { kind: "cgroup", name: "/system.slice/plain" },
  ],
  [
    "a login session",
    "/user.slice/user-1000.slice/session-3.scope",
    { kind: "session", name: "session.scope", unit: "session-3.scope" },
  ],
  [
    "a user's manager",
    "/user.slice/user-1000.slice/user@1000.service/init.scope",
    { unit: "init.scope", uid: 1000 },
  ],
  [
    "the manager's own cgroup",
    "/user.slice/user-1000.slice/user@1000.service",
    { unit: "user@1000.service", name: "user@.service", uid: 1000 },
  ],
  [
    "a user's service",
    "/user.slice/user-1000.slice/user@1000.service/app.slice/pipewire.service",
    { unit: "pipewire.service", uid: 1000 },
  ],
  [
    "a user's application",
    "/user.slice/user-1000.slice/user@1000.service/app.slice/app-gnome-firefox-4711.scope",
    { name: "app-gnome-firefox.scope" },
  ],
  [
    "a user's slice only",
    "/user.slice/user-1000.slice/user@1000.service/app.slice",
    { unit: "user@1000.service", level: "/user.slice/user-1000.slice/user@1000.service" },
  ],
  ["a transient unit", "/system.slice/run-u1234.service", { name: "systemd-run.service" }],
  [
    "a transient scope",
    "/system.slice/run-r0123456789abcdef0123456789abcdef.scope",
    { name: "systemd-run.scope" },
  ],
  [
    "a snap",
    `/user.slice/user-1000.slice/user@1000.service/app.slice/snap.code.code-${uid}.scope`,
    { name: "snap.code.code.scope" },
  ],
  ["systemd under v1", "/system.slice/cron.service", { unit: "cron.service" }],

  // Ours, and the rest
  ["pahlevan run", "/pahlevan/build-17", { kind: "run", name: "build" }],
  [
    "pahlevan run of a name with dashes",
    "/pahlevan/my-job-2-31/sub",
    { kind: "run", name: "my-job-2", level: "/pahlevan/my-job-2-31" },
  ],
  ["pahlevan's own parent", "/pahlevan", { kind: "cgroup", name: "/pahlevan" }],
  ["a plain cgroup", "/batch/nightly", { kind: "cgroup", name: "/batch/nightly" }],
  [
    "a plain cgroup with an id",
    "/process_api/85e9bf5ff260edce2eefd6ebb110ba7e",
    { kind: "cgroup", name: "/process_api/*" },
  ],
  [
    "a plain cgroup with a number",
    "/jobs/job-20261121/7",
    { kind: "cgroup", name: "/jobs/job-*/7" },
  ],
  ["above our namespace", "/../other", { kind: "cgroup", name: "/../other" }],
];

function flat(owner: CgroupOwner): Record<string, unknown> {
  const { container, ...rest } = owner;
  return { podUid: undefined, ...rest, container: container?.id, runtime: container?.runtime };
}

describe("the corpus of paths", () => {
  test.each(corpus)("%s: %s", (_what, path, expected) => {
    expect(flat(parseCgroupPath(path))).toMatchObject({ level: path || "/", ...expected });
  });

  test("a cgroup below any container's maps to the same level and the same owner", () => {
    for (const [, path] of corpus) {
      const owner = parseCgroupPath(path);
      if (owner.container === undefined) continue;
      const below = parseCgroupPath(`${owner.level}/a.service/docker-${inner}.scope/b`);
      expect(below).toEqual(owner);
    }
  });

  test("a node that is itself a container sees its pods below its own root", () => {
    const root = `/docker/${id}`;
    const path = `${root}/kubelet/kubepods/pod${uid}/${inner}/x`;
    expect(flat(parseCgroupPath(path, root))).toMatchObject({
      kind: "pod",
      container: inner,
      podUid: uid,
      level: `${root}/kubelet/kubepods/pod${uid}/${inner}`,
    });
  });
});

describe("laws", () => {
  const fragment = fc.oneof(
    fc.string({ unit: "binary", maxLength: 40 }),
    fc.constantFrom(...corpus.flatMap(([, path]) => path.split("/"))),
    fc.constantFrom("..", ".", "", "pod", "docker-", ".scope", "user@99999999999.service"),
  );
  const anyPath = fc.array(fragment, { maxLength: 12 }).map((parts) => parts.join("/"));

  test("no path makes it throw, and the level is an ancestor", () => {
    fc.assert(
      fc.property(anyPath, anyPath, (path, root) => {
        const { level, name } = parseCgroupPath(path, root);
        const clean = `/${path
          .split("/")
          .filter((part) => part !== "" && part !== ".")
          .join("/")}`;
        expect(name).not.toBe("");
        expect(level === "/" || clean === level || clean.startsWith(`${level}/`)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  test("the level of a level is itself", () => {
    fc.assert(
      fc.property(anyPath, (path) => {
        const owner = parseCgroupPath(path);
        expect(parseCgroupPath(owner.level).level).toBe(owner.level);
      }),
      { numRuns: 2000 },
    );
  });

  test("a path of any length is parsed in bounded time", () => {
    const long = `/app-${"-1".repeat(50_000)}/${"a".repeat(1 << 20)}.scope`;
    expect(parseCgroupPath(long).kind).toBe("cgroup");
  });
});
