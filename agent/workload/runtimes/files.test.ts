/** The sources that read other programs' files: OCI state and containers/storage. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { containersStorageSource } from "./containers-storage.ts";
import { ociStateSource, usualStateRoots } from "./oci-state.ts";

let top: string;
beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), "runtime-files-"));
});
afterEach(() => rmSync(top, { recursive: true, force: true }));

const id = "aa".repeat(32);
const alive = new AbortController().signal;
const write = (path: string, content: unknown) => {
  mkdirSync(dirname(join(top, path)), { recursive: true });
  writeFileSync(join(top, path), JSON.stringify(content));
};
const hybrid = { mode: "hybrid", mountPoint: "/sys/fs/cgroup/unified" } as const;
const v2 = { mode: "v2", mountPoint: "/sys/fs/cgroup" } as const;

describe("the state of OCI runtimes", () => {
  const source = (hierarchy: typeof hybrid | typeof v2 = hybrid) =>
    ociStateSource(hierarchy, usualStateRoots(top));

  test("of a Kubernetes container names its pod from the annotations, but leaves room for the daemon's word", async () => {
    write(`containerd/runc/k8s.io/${id}/state.json`, {
      id,
      config: {
        labels: [
          "io.kubernetes.cri.container-name=web",
          "io.kubernetes.cri.sandbox-name=shop-1",
          "io.kubernetes.cri.sandbox-namespace=store",
          "io.kubernetes.cri.sandbox-uid=u-1",
          "io.kubernetes.cri.image-name=nginx:1",
          "bundle=/run/containerd/x",
        ],
      },
    });
    const facts = await source().find({ id, level: `/kubepods/x/${id}` }, alive);
    expect(facts).toMatchObject({
      name: "web",
      image: "nginx:1",
      runtime: "containerd",
      pod: { name: "shop-1", namespace: "store", uid: "u-1" },
      final: false,
    });
    expect(facts?.labels).not.toHaveProperty("bundle");
  });

  test("of podman's containers says whose they are, and is not final", async () => {
    write(`crun/${id}/status`, { "cgroup-path": `/machine.slice/libpod-${id}.scope` });
    write(`crun/${id}/config.json`, { annotations: { "io.container.manager": "libpod" } });
    expect(await source().find({ id, level: "/x" }, alive)).toMatchObject({
      name: "",
      runtime: "podman",
      final: false,
    });
  });

  test("finds a container by its cgroup, under v1, hybrid and v2, and from inside it", async () => {
    write("runc/one/state.json", {
      cgroup_paths: { memory: "/sys/fs/cgroup/memory/a/one", "": "/sys/fs/cgroup/unified/a/one" },
    });
    write("runc/two/state.json", { cgroup_paths: { "": "/sys/fs/cgroup/a/two" } });
    write("crun/three/status", { "cgroup-path": "/a/three" });
    const find = async (level: string, hierarchy: typeof hybrid | typeof v2 = hybrid) =>
      (await source(hierarchy).find({ level }, alive))?.id;
    expect(await find("/a/one")).toBe("one");
    expect(await find("/a/one/sub/x")).toBe("one");
    expect(await find("/a/two", v2)).toBe("two");
    expect(await find("/a/three")).toBe("three");
    expect(await find("/a/ones")).toBeUndefined();
    expect(await find("/b/a/one")).toBeUndefined();
    // Under v2 the first part of a path is a cgroup's, not a mount's.
    expect(await find("/two", v2)).toBeUndefined();
  });

  test("is not asked about users' containers, nor about ids that are paths", () => {
    const oci = source();
    expect(oci.applies({ id: "one", level: "/x" })).toBe(true);
    expect(oci.applies({ level: "/x" })).toBe(true);
    expect(oci.applies({ id: "one", level: "/x", uid: 1000 })).toBe(false);
    expect(oci.applies({ id: "../runc/one", level: "/x" })).toBe(false);
    expect(oci.applies({ level: "/kubepods/pod1", podUid: "1" })).toBe(false);
  });

  test("that is a pipe or a link, or no JSON, holds nobody and fails loudly where it must", async () => {
    mkdirSync(join(top, "runc/pipe"), { recursive: true });
    execFileSync("mkfifo", [join(top, "runc/pipe/state.json")]);
    expect(await source().find({ id: "pipe", level: "/x" }, alive)).toBeUndefined();
    mkdirSync(join(top, "runc/link"));
    symlinkSync("/etc/hostname", join(top, "runc/link/state.json"));
    expect(await source().find({ id: "link", level: "/x" }, alive)).toBeUndefined();
    mkdirSync(join(top, "runc/cut"));
    writeFileSync(join(top, "runc/cut/state.json"), '{"id":');
    await expect(source().find({ id: "cut", level: "/x" }, alive)).rejects.toThrow(SyntaxError);
  });
});

describe("containers/storage", () => {
  test("tells podman's names and images, and CRI-O's", async () => {
    const pods = { "image-name": "reg/nginx:1", "container-name": "web", "pod-name": "shop-1" };
    write("containers.json", [
      { id, names: ["box"], metadata: JSON.stringify({ "image-name": "alpine:3", name: "box" }) },
      { id: "cri", names: ["k8s_web_shop"], metadata: JSON.stringify(pods) },
      { id: "bare", names: ["bare-name"] },
    ]);
    const source = containersStorageSource([join(top, "none.json"), join(top, "containers.json")]);
    const find = (id: string) => source.find({ id, level: "/x" }, alive);
    expect(await find(id)).toMatchObject({ name: "box", image: "alpine:3", runtime: "podman" });
    expect(await find("cri")).toMatchObject({
      name: "web",
      image: "reg/nginx:1",
      runtime: "cri-o",
    });
    expect(await find("bare")).toMatchObject({ name: "bare-name", image: "" });
    expect(await find("unknown")).toBeUndefined();
  });
});
