/**
 * Real containers by runc, crun and containerd are named rightly; nested cgroups and ends too; a
 * hung runtime holds nobody.
 */
import { lstatSync, mkdirSync, rmdirSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import type { Server, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CgroupTree } from "@pahlevan/agent/workload/cgroup-tree.ts";
import { ManualClock, systemClock } from "@pahlevan/agent/workload/clock.ts";
import { findHierarchy } from "@pahlevan/agent/workload/hierarchy.ts";
import type { Hierarchy } from "@pahlevan/agent/workload/hierarchy.ts";
import { Metadata } from "@pahlevan/agent/workload/metadata.ts";
import { WorkloadRegistry } from "@pahlevan/agent/workload/registry.ts";
import { containerdSource } from "@pahlevan/agent/workload/runtimes/containerd.ts";
import { criSource } from "@pahlevan/agent/workload/runtimes/cri.ts";
import { dockerSource } from "@pahlevan/agent/workload/runtimes/docker.ts";
import { ociStateSource } from "@pahlevan/agent/workload/runtimes/oci-state.ts";
import type { MetadataSource } from "@pahlevan/agent/workload/runtimes/source.ts";
import { PATIENCE_MS } from "../../patience.ts";
import { removeCgroup } from "./cgroups.ts";
import { missing } from "./command.ts";
import { containerdMissing } from "./containerd-build.ts";
import type { ContainerdVersion } from "./containerd-build.ts";
import { Containerd, testImage } from "./containerd.ts";
import { runPod } from "./cri-pod.ts";
import { OciContainer } from "./oci-container.ts";

let hierarchy: Hierarchy;
beforeAll(async () => {
  hierarchy = await findHierarchy();
});

const idOf = (cgroup: string) =>
  lstatSync(`${hierarchy.mountPoint}${cgroup}`, { bigint: true }).ino;

function registryOf(...sources: readonly MetadataSource[]) {
  const metadata = new Metadata(sources, { clock: systemClock, boundMs: PATIENCE_MS });
  const tree = new CgroupTree(hierarchy);
  return { registry: new WorkloadRegistry({ clock: systemClock, metadata, tree }), metadata };
}

for (const runtime of ["runc", "crun"] as const) {
  const reason = await missing(runtime, "busybox", "unshare");
  describe.skipIf(reason !== undefined)(
    `${runtime}${reason === undefined ? "" : ` (${reason})`}`,
    () => {
      let container: OciContainer;
      const sources = () => [
        ociStateSource(hierarchy, [{ path: container.stateRoot, runtime, daemon: false }]),
      ];
      beforeAll(async () => {
        container = await OciContainer.run({
          runtime,
          annotations: {
            team: "shop",
            "org.opencontainers.image.ref.name": "registry.test/shop/web:7",
          },
        });
      });
      afterAll(() => container.remove());

      test("a container in a cgroup of any name is named by its runtime's state", async () => {
        const { registry } = registryOf(...sources());
        const identity = await registry.settled(idOf(container.cgroup), container.cgroup);
        expect(identity).toMatchObject({
          kind: "container",
          namespace: "host",
          workload: container.id,
          container: {
            id: container.id,
            name: container.id,
            image: "registry.test/shop/web:7",
            runtime,
          },
          labels: {
            team: "shop",
            "pahlevan.io/name": container.id,
            "pahlevan.io/image": "registry.test/shop/web:7",
            "pahlevan.io/runtime": runtime,
          },
          complete: true,
        });
      });

      test("a cgroup made inside it is the container, whichever of the two is seen first", async () => {
        const nested = `${container.cgroup}/inner`;
        mkdirSync(`${hierarchy.mountPoint}${nested}`);
        try {
          const inside = registryOf(...sources()).registry;
          const first = await inside.settled(idOf(nested), nested);
          expect(first.container?.id).toBe(container.id);
          expect(inside.levelOf(idOf(nested))).toBe(container.cgroup);

          const outside = registryOf(...sources()).registry;
          const outer = await outside.settled(idOf(container.cgroup), container.cgroup);
          expect(outside.resolve(idOf(nested), nested)).toBe(outer);
          expect(outside.stats()).toMatchObject({ cgroups: 2, instances: 1, asked: 1 });
        } finally {
          rmdirSync(`${hierarchy.mountPoint}${nested}`);
        }
      });

      test("an id without a path is found and named", async () => {
        const { registry } = registryOf(...sources());
        const identity = await registry.settled(idOf(container.cgroup));
        expect(identity.container?.id).toBe(container.id);
      });
    },
  );
}

for (const version of ["2.4.2", "debian"] satisfies ContainerdVersion[]) {
  const reason = await containerdMissing(version);
  describe.skipIf(reason !== undefined)(
    `containerd ${version}${reason === undefined ? "" : ` (${reason})`}`,
    () => {
      let containerd: Containerd;
      beforeAll(async () => {
        containerd = await Containerd.start(version);
      });
      afterAll(() => containerd?.stop());

      test("a container by ctr is named by containerd", async () => {
        const { cgroup } = await containerd.run({
          namespace: "default",
          id: "redis-1",
          labels: { tier: "cache" },
        });
        const { registry } = registryOf(containerdSource(containerd.socketPath));
        expect(cgroup).toBe("/default/redis-1");
        expect(await registry.settled(idOf(cgroup), cgroup)).toMatchObject({
          kind: "container",
          namespace: "host",
          workload: "redis-1",
          container: { id: "redis-1", name: "redis-1", image: testImage, runtime: "containerd" },
          labels: { tier: "cache", "pahlevan.io/name": "redis-1", "pahlevan.io/image": testImage },
          complete: true,
        });
      });

      test("a container with a pod's labels in a pod's cgroup is that pod's, with the sandbox's labels", async () => {
        const uid = "8a3c5e7f-1b2d-4c6e-9f80-123456789abc";
        const pod = {
          "io.kubernetes.pod.name": "shop-7d4b9c6f5d-x2x4z",
          "io.kubernetes.pod.namespace": "store",
          "io.kubernetes.pod.uid": uid,
        };
        const sandboxId = "5a".repeat(32);
        const id = "c0".repeat(32);
        const parent = `${containerd.cgroup}/kubepods/besteffort/pod${uid}`;
        await containerd.run({
          namespace: "k8s.io",
          id: sandboxId,
          cgroup: `${parent}/${sandboxId}`,
          labels: {
            ...pod,
            "io.cri-containerd.kind": "sandbox",
            app: "shop",
            "pod-template-hash": "7d4b9c6f5d",
          },
        });
        const { cgroup } = await containerd.run({
          namespace: "k8s.io",
          id,
          cgroup: `${parent}/${id}`,
          labels: {
            ...pod,
            "io.cri-containerd.kind": "container",
            "io.kubernetes.container.name": "web",
          },
          annotations: { "io.kubernetes.cri.sandbox-id": sandboxId },
        });

        const { registry, metadata } = registryOf(
          containerdSource(containerd.socketPath),
          criSource("containerd", containerd.socketPath),
        );
        expect(await registry.settled(idOf(cgroup), cgroup)).toMatchObject({
          kind: "pod",
          namespace: "store",
          workload: "shop",
          container: { id, name: "web", image: testImage, runtime: "containerd" },
          pod: { name: "shop-7d4b9c6f5d-x2x4z", namespace: "store", uid },
          labels: { app: "shop", "pahlevan.io/name": "web" },
          complete: true,
        });
        expect(await registry.settled(idOf(parent), parent)).toMatchObject({
          kind: "pod",
          namespace: "store",
          workload: "shop",
          pod: { name: "shop-7d4b9c6f5d-x2x4z" },
        });
        expect(registry.byContainer(id)?.workload).toBe("shop");
        expect(metadata.stats()).toMatchObject({ containerd: { failed: { protocol: 0 } } });
      });

      test("a pod by the CRI, as the kubelet makes it, is named by either of containerd's interfaces", async () => {
        await containerd.importImage("k8s.io");
        const uid = "11111111-2222-4333-8444-555555555555";
        const cgroup = `${containerd.cgroup}-cri/kubepods/burstable/pod${uid}`;
        const pod = await runPod({
          socketPath: containerd.socketPath,
          name: "cart-5f7d8c9b6-qw2rt",
          namespace: "store",
          uid,
          labels: { app: "cart", "pod-template-hash": "5f7d8c9b6" },
          cgroup,
          image: testImage,
          containers: ["web", "sidecar"],
        });
        try {
          const [web = ""] = pod.containerIds;
          const own = `${cgroup}/${web}`;
          const sources = [
            criSource("containerd", containerd.socketPath),
            containerdSource(containerd.socketPath),
          ];
          for (const source of sources) {
            const { registry } = registryOf(source);
            expect(await registry.settled(idOf(own), own)).toMatchObject({
              kind: "pod",
              namespace: "store",
              workload: "cart",
              container: { id: web, name: "web", image: testImage, runtime: "containerd" },
              pod: { name: "cart-5f7d8c9b6-qw2rt", namespace: "store", uid },
              labels: { app: "cart", "pahlevan.io/name": "web" },
              complete: true,
            });
            const sandbox = `${cgroup}/${pod.sandboxId}`;
            expect(await registry.settled(idOf(sandbox), sandbox)).toMatchObject({
              workload: "cart",
              container: { name: "pause" },
              labels: { app: "cart" },
            });
            expect(await registry.settled(idOf(cgroup), cgroup)).toMatchObject({
              kind: "pod",
              workload: "cart",
              labels: { app: "cart" },
            });
          }
        } finally {
          await pod.remove();
          await removeCgroup(`${containerd.cgroup}-cri`);
        }
      });
    },
  );
}

describe("ends", () => {
  test("a container that is gone is forgotten after its grace, and its name may be used anew", async () => {
    const container = await OciContainer.run({ id: "short-lived" });
    const clock = new ManualClock();
    const source = ociStateSource(hierarchy, [
      { path: container.stateRoot, runtime: "runc", daemon: false },
    ]);
    const metadata = {
      find: (question: Parameters<MetadataSource["find"]>[0]) =>
        source.find(question, new AbortController().signal),
    };
    const registry = new WorkloadRegistry({ clock, metadata, graceMs: 1000 });
    const id = idOf(container.cgroup);
    try {
      await registry.settled(id, container.cgroup);
    } finally {
      await container.remove();
    }
    registry.ended(id);
    expect(registry.resolve(id).workload).toBe("short-lived");
    await clock.advance(1000);
    registry.sweep();
    expect(registry.stats()).toMatchObject({ cgroups: 0, instances: 0, evicted: 1 });
    expect(registry.resolve(id)).toMatchObject({ kind: "cgroup", workload: `cgroup:${id}` });
  });
});

describe("a runtime that accepts and never answers", () => {
  let folder: string;
  let server: Server;
  const sockets: Socket[] = [];
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "pahlevan-hung-"));
    server = createServer((socket) => sockets.push(socket));
    await new Promise<void>((resolve) => server.listen(join(folder, "hung.sock"), resolve));
  });
  afterAll(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
    await rm(folder, { recursive: true, force: true });
  });

  test("delays nothing beyond its bound, is counted, and is then left alone", async () => {
    const hung = join(folder, "hung.sock");
    const boundMs = 300;
    const sources = [
      dockerSource("docker", () => hung),
      containerdSource(hung),
      criSource("cri-o", hung),
    ];
    const clock = new ManualClock();
    const metadata = new Metadata(sources, { clock, boundMs });
    const registry = new WorkloadRegistry({ clock, metadata });
    const path = `/docker/${"ab".repeat(32)}`;

    const known = registry.resolve(1n, path);
    expect(known).toMatchObject({ kind: "container", workload: "abababababab", complete: false });

    let settled = false;
    const settling = registry.settled(1n).finally(() => (settled = true));
    await expect.poll(() => sockets.length).toBe(sources.length);
    await clock.advance(boundMs - 1);
    expect(settled).toBe(false);
    await clock.advance(1);
    expect(await settling).toMatchObject({ kind: "container", complete: false });
    for (const name of ["docker", "containerd", "cri:cri-o"]) {
      expect(metadata.stats()[name]).toMatchObject({ failed: { timeout: 1 }, answered: 0 });
    }

    await registry.settled(2n, `/docker/${"cd".repeat(32)}`);
    expect(metadata.stats()["docker"]).toMatchObject({ failed: { timeout: 1 }, rested: 1 });
    expect(registry.stats()).toMatchObject({ pending: 0, incomplete: 2 });
  });
});
