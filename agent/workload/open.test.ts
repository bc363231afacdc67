import { expect, test } from "vitest";
import { openWorkloads } from "./open.ts";
import { usualSources } from "./runtimes/usual.ts";

test("every cgroup of this host is named at once, whatever runtimes it has or lacks", async () => {
  const { tree, registry } = await openWorkloads({ hostRoot: "/nonexistent" });
  const { cgroups, truncated } = await tree.walk();
  expect(truncated).toBe(false);
  expect(cgroups.length).toBeGreaterThan(0);
  for (const { id, path } of cgroups) {
    const identity = registry.resolve(id, path);
    expect(identity.workload).not.toBe("");
    expect(identity.labels["pahlevan.io/name"]).not.toBe("");
  }
  expect(registry.stats().cgroups).toBe(cgroups.length);
});

test("no two sources share a name, since each is counted by it", () => {
  const names = usualSources({ mode: "v2", mountPoint: "/sys/fs/cgroup" }).map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
});

test("a user's container is asked for at nobody's but that user's runtimes", () => {
  const question = { id: "aa".repeat(32), level: "/x", uid: 1000 };
  const sources = usualSources({ mode: "v2", mountPoint: "/sys/fs/cgroup" });
  const able = sources.filter((source) => source.applies(question));
  expect(able.map(({ name }) => name)).toEqual(["docker", "podman"]);
});
