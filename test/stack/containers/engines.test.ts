/** Containers of a real Docker Engine and of a real podman are named as their users name them. */
import { lstatSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CgroupTree } from "@pahlevan/agent/workload/cgroup-tree.ts";
import { systemClock } from "@pahlevan/agent/workload/clock.ts";
import { findHierarchy, type Hierarchy } from "@pahlevan/agent/workload/hierarchy.ts";
import { Metadata } from "@pahlevan/agent/workload/metadata.ts";
import { WorkloadRegistry } from "@pahlevan/agent/workload/registry.ts";
import { containersStorageSource } from "@pahlevan/agent/workload/runtimes/containers-storage.ts";
import { dockerSource } from "@pahlevan/agent/workload/runtimes/docker.ts";
import { ociStateSource } from "@pahlevan/agent/workload/runtimes/oci-state.ts";
import type { MetadataSource } from "@pahlevan/agent/workload/runtimes/source.ts";
import { PATIENCE_MS } from "../../patience.ts";
import { enginesMissing } from "./engine-programs.ts";
import { Engine, engineImage, type EngineContainer } from "./engine.ts";

const reason = await enginesMissing();
const because = reason === undefined ? "" : ` (${reason})`;

describe.skipIf(reason !== undefined).for(["docker", "podman"] as const)(`%s${because}`, (name) => {
  let hierarchy: Hierarchy;
  let engine: Engine;
  let container: EngineContainer;
  beforeAll(async () => {
    hierarchy = await findHierarchy();
    engine = await Engine.start(name);
    container = await engine.run({ name: "web", labels: { team: "shop" } });
  });
  afterAll(() => engine?.[Symbol.asyncDispose]());

  const settled = ({ cgroup }: EngineContainer, ...sources: readonly MetadataSource[]) => {
    const metadata = new Metadata(sources, { clock: systemClock, boundMs: PATIENCE_MS });
    const tree = new CgroupTree(hierarchy);
    const registry = new WorkloadRegistry({ clock: systemClock, metadata, tree });
    const place = `${hierarchy.mountPoint}${cgroup}`;
    return registry.settled(lstatSync(place, { bigint: true }).ino, cgroup);
  };

  test("a container is named by the engine", async () => {
    const asked = dockerSource(name, () => engine.socketPath);
    expect(await settled(container, asked)).toMatchObject({
      kind: "container",
      namespace: "host",
      workload: "web",
      container: { id: container.id, name: "web", image: engineImage, runtime: name },
      labels: { team: "shop", "pahlevan.io/name": "web", "pahlevan.io/image": engineImage },
      complete: true,
    });
  });

  test("one that was renamed has its new name", async () => {
    const other = await engine.run({ name: "before" });
    await engine.rename("before", "after");
    const asked = dockerSource(name, () => engine.socketPath);
    expect(await settled(other, asked)).toMatchObject({ workload: "after", complete: true });
  });

  test("of one whose engine cannot be asked, what lies on the disk is known", async () => {
    const asked = dockerSource(name, () => `${engine.socketPath}.elsewhere`);
    const { ociState, storageFile } = engine;
    const disk =
      name === "docker"
        ? ociStateSource(hierarchy, [{ path: ociState, runtime: name, daemon: true }])
        : containersStorageSource([storageFile]);
    const { id } = container;
    // The state of Docker's runtime has neither the container's name nor its image's.
    const known =
      name === "docker" ? { id, runtime: name } : { id, name: "web", image: engineImage };
    expect(await settled(container, asked, disk)).toMatchObject({
      kind: "container",
      workload: name === "docker" ? id.slice(0, 12) : "web",
      container: known,
    });
  });
});
