import { describe, expect, test } from "vitest";
import { factsAtStart } from "./at-start.ts";
import type { ContainerFacts, MetadataSource } from "./source.ts";

const id = "ab".repeat(32);
const annotations = { "io.container.manager": "libpod", app: "shop" };

function storageThat(find: () => Promise<ContainerFacts | undefined>): MetadataSource {
  return { name: "storage", applies: () => true, find };
}

const stored = storageThat(async () => ({
  ...{ id, name: "web", image: "registry.test/web:7", runtime: "podman", labels: {} },
  final: false,
}));

describe("of a container that starts", () => {
  test("podman's list has the name and the image, and its bundle the rest", async () => {
    expect(await factsAtStart(id, annotations, stored)).toMatchObject({
      ...{ id, name: "web", image: "registry.test/web:7", runtime: "podman" },
      labels: { app: "shop" },
      final: false,
    });
  });

  test.for([
    ["has nothing of it", storageThat(async () => undefined)],
    ["cannot be read", storageThat(() => Promise.reject(new Error("no permission")))],
  ] as const)("the bundle is known where the list %s", async ([, storage]) => {
    const facts = await factsAtStart(id, annotations, storage);
    expect(facts).toMatchObject({ id, name: "", labels: { app: "shop" }, final: false });
  });

  test("of any other runtime the bundle says all", async () => {
    expect(await factsAtStart("box", { app: "shop" }, stored)).toMatchObject({
      ...{ name: "box", runtime: "runc", final: true },
    });
  });
});
