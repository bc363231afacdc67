import { describe, expect, test } from "vitest";
import { chooseHierarchy, findHierarchy } from "./hierarchy.ts";

const v2 = {
  mountinfo: "31 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate",
  selfCgroup: "0::/init.scope\n",
  controllers: "#subsys_name\thierarchy\tnum_cgroups\tenabled\nmemory\t0\t90\t1\n",
};
const v1Mounts = [
  "30 25 0:26 / /sys/fs/cgroup ro - tmpfs tmpfs ro,mode=755",
  "33 30 0:29 / /sys/fs/cgroup/cpu,cpuacct rw shared:9 - cgroup cgroup rw,cpu,cpuacct",
  "34 30 0:30 / /sys/fs/cgroup/pids rw shared:10 - cgroup cgroup rw,pids",
  "35 30 0:31 / /sys/fs/cgroup/memory rw shared:11 - cgroup cgroup rw,memory",
  "36 30 0:32 / /sys/fs/cgroup/systemd rw shared:12 - cgroup cgroup rw,xattr,name=systemd",
];
const v1 = {
  mountinfo: v1Mounts.join("\n"),
  selfCgroup: "4:memory:/user.slice\n3:pids:/\n2:cpu,cpuacct:/\n1:name=systemd:/user.slice\n",
  controllers: "#subsys_name\thierarchy\tnum_cgroups\tenabled\ncpu\t2\t1\t1\nmemory\t4\t15\t1\n",
};
const hybrid = {
  ...v1,
  mountinfo: [...v1Mounts, "41 30 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw"].join(
    "\n",
  ),
};

describe("the hierarchy to track", () => {
  test("is v2 where that is all there is", () => {
    expect(chooseHierarchy(v2)).toEqual({
      mode: "v2",
      mountPoint: "/sys/fs/cgroup",
      root: "/",
      hierarchyId: 0,
    });
  });

  test("is v2 in a hybrid host, and says that it is hybrid", () => {
    expect(chooseHierarchy(hybrid)).toMatchObject({
      mode: "hybrid",
      mountPoint: "/sys/fs/cgroup/unified",
      hierarchyId: 0,
    });
  });

  test("is the memory controller's under v1, with the kernel's number of it", () => {
    expect(chooseHierarchy(v1)).toMatchObject({
      mode: "v1",
      controller: "memory",
      hierarchyId: 4,
      mountPoint: "/sys/fs/cgroup/memory",
    });
  });

  test("falls to pids, cpu, and systemd's own as controllers are missing", () => {
    const without = (...gone: string[]) => ({
      ...v1,
      mountinfo: v1Mounts.filter((line) => !gone.some((name) => line.endsWith(name))).join("\n"),
    });
    expect(chooseHierarchy(without("memory"))).toMatchObject({
      controller: "pids",
      hierarchyId: 3,
    });
    expect(chooseHierarchy(without("memory", "pids"))).toMatchObject({
      controller: "cpu",
      hierarchyId: 2,
    });
    expect(chooseHierarchy(without("memory", "pids", "cpuacct"))).toMatchObject({
      controller: "name=systemd",
      hierarchyId: 1,
    });
  });

  test("is the one asked for", () => {
    expect(chooseHierarchy(hybrid, "pids")).toMatchObject({ mode: "v1", controller: "pids" });
    expect(chooseHierarchy(hybrid, "v2")).toMatchObject({ mode: "hybrid" });
  });

  test("prefers the whole hierarchy over a bind mount of a part of it", () => {
    const mountinfo = `90 1 0:26 /docker/abc /a rw - cgroup2 cgroup2 rw\n${v2.mountinfo}`;
    expect(chooseHierarchy({ ...v2, mountinfo }).mountPoint).toBe("/sys/fs/cgroup");
  });

  test("reads mount points with spaces in them", () => {
    const mountinfo = String.raw`31 23 0:26 / /my\040cgroups rw - cgroup2 cgroup2 rw`;
    expect(chooseHierarchy({ ...v2, mountinfo }).mountPoint).toBe("/my cgroups");
  });

  test("says what is mounted when nothing fits", () => {
    expect(() => chooseHierarchy(v2, "memory")).toThrow(
      /named "memory": mounted here: cgroup2 at \/sys\/fs\/cgroup;/,
    );
    expect(() => chooseHierarchy({ mountinfo: "", selfCgroup: "", controllers: "" })).toThrow(
      /none/,
    );
  });

  test("is found on this host", async () => {
    expect((await findHierarchy()).mountPoint).toMatch(/^\//);
  });
});
