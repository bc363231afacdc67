import { describe, expect, test } from "vitest";
import { parseCgroupPath } from "./cgroup-path.ts";
import { identify } from "./identify.ts";
import { podWorkload } from "./pod-owner.ts";
import type { ContainerFacts } from "./runtimes/source.ts";
import { unitWorkload } from "./unit-name.ts";

const id = "aa".repeat(32);
const uid = "8a3c5e7f-1b2d-4c6e-9f80-123456789abc";
const facts = (over: Partial<ContainerFacts>): ContainerFacts => ({
  id,
  name: "",
  image: "",
  runtime: "docker",
  labels: {},
  final: true,
  ...over,
});
const docker = parseCgroupPath(`/docker/${id}`);

describe("the workload of a container", () => {
  test.each([
    [
      "its compose service, with the project",
      {
        labels: { "com.docker.compose.service": "db", "com.docker.compose.project": "shop" },
        name: "shop-db-1",
      },
      "shop-db",
    ],
    [
      "its swarm service",
      { labels: { "com.docker.swarm.service.name": "api" }, name: "api.1.x9z" },
      "api",
    ],
    ["its name", { name: "redis", image: "redis:7" }, "redis"],
    [
      "its image where it has no name",
      { image: "reg.test:5000/team/nginx:1.29@sha256:00" },
      "nginx",
    ],
    ["its short id where nothing is known", {}, "aaaaaaaaaaaa"],
    [
      "its pod's owner",
      { name: "web", pod: { name: "shop-7d4b9c6f5d-x2x4z", namespace: "store", uid } },
      "shop",
    ],
  ] satisfies [string, Partial<ContainerFacts>, string][])("is %s", (_, over, workload) => {
    expect(identify(docker, facts(over)).workload).toBe(workload);
  });
});

test("a container cannot give itself one of our labels", () => {
  const labels = { "pahlevan.io/name": "trusted", "pahlevan.io/runtime": "trusted", own: "kept" };
  expect(identify(docker, facts({ name: "web", image: "i", labels })).labels).toEqual({
    own: "kept",
    "pahlevan.io/name": "web",
    "pahlevan.io/image": "i",
    "pahlevan.io/runtime": "docker",
  });
});

test("a user's container cannot say that it is in a pod", () => {
  const rootless = parseCgroupPath(`/user.slice/user-7.slice/user@7.service/libpod-${id}.scope`);
  const pod = { name: "api-0", namespace: "kube-system", uid };
  expect(identify(rootless, facts({ name: "x", pod }))).toMatchObject({
    kind: "container",
    namespace: "host",
    workload: "x",
  });
});

test("a pod's namespace is empty, not a guess, until somebody tells it", () => {
  const owner = parseCgroupPath(`/kubepods/pod${uid}/${id}`);
  expect(identify(owner)).toMatchObject({
    kind: "pod",
    namespace: "",
    workload: "aaaaaaaaaaaa",
    complete: false,
  });
  expect(identify(owner, facts({ name: "web" }))).toMatchObject({
    namespace: "",
    container: { name: "web" },
  });
});

test("a system container is complete from its path alone", () => {
  expect(identify(parseCgroupPath("/lxc.payload.web"))).toMatchObject({
    workload: "web",
    container: { id: "web", name: "web", runtime: "lxc" },
    labels: { "pahlevan.io/name": "web", "pahlevan.io/runtime": "lxc" },
    complete: true,
  });
});

describe("the owner of a pod", () => {
  test.each([
    ["shop-7d4b9c6f5d-x2x4z", { "pod-template-hash": "7d4b9c6f5d" }, "shop"],
    ["shop-7d4b9c6f5d-x2x4z", {}, "shop"],
    ["db-12", { "statefulset.kubernetes.io/pod-name": "db-12" }, "db"],
    ["db-0", {}, "db"],
    ["proxy-8c9dz", { "controller-revision-hash": "x" }, "proxy"],
    ["proxy-8c9dz", {}, "proxy"],
    ["proxy-bcdfgh24-8c9dz", { "controller-revision-hash": "x" }, "proxy-bcdfgh24"],
    ["backup-29384756-8c9dz", { "batch.kubernetes.io/job-name": "backup-29384756" }, "backup"],
    ["migrate-8c9dz", { "job-name": "migrate" }, "migrate"],
    ["just-a-pod", {}, "just-a-pod"],
    ["etcd-node-1.example", {}, "etcd-node-1.example"],
    ["-7d4b9c6f5d-x2x4z", { "pod-template-hash": "7d4b9c6f5d" }, "-7d4b9c6f5d-x2x4z"],
    ["api-server", { "pod-template-hash": "another" }, "api-server"],
  ])("%s with %j is %s's", (pod, labels, workload) => {
    expect(podWorkload(pod, labels)).toBe(workload);
  });
});

test.each([
  ["nginx.service", "nginx.service"],
  ["getty@tty1.service", "getty@.service"],
  ["run-u12.service", "systemd-run.service"],
  ["run-p123-i456.scope", "systemd-run.scope"],
  ["app-org.kde.kate-5f3a9c1e.scope", "app-org.kde.kate.scope"],
  ["app-gnome\\x2dterminal@abcdef0123456789.service", "app-gnome\\x2dterminal.service"],
  ["vte-spawn-8a3c5e7f-1b2d-4c6e-9f80-123456789abc.scope", "vte-spawn.scope"],
  ["systemd-journald.service", "systemd-journald.service"],
])("the unit %s counts as %s", (unit, workload) => {
  expect(unitWorkload(unit)).toBe(workload);
});
