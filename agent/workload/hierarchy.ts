/**
 * Which cgroup hierarchy to track: the one whose cgroups tell containers and services apart on this
 * host.
 */
import { readFile } from "node:fs/promises";

export interface Hierarchy {
  /**
   * `hybrid`: a v2 hierarchy beside v1 ones, tracked because runtimes place their containers in it
   * too.
   */
  readonly mode: "v2" | "hybrid" | "v1";
  readonly mountPoint: string;
  /**
   * Which part of the hierarchy the mount shows; "/" but in a container without a cgroup namespace.
   */
  readonly root: string;
  /** The kernel's number of the hierarchy (`/proc/cgroups`); 0 for v2. */
  readonly hierarchyId: number;
  /**
   * For v1: the controller ("memory") or named hierarchy ("name=systemd") that it is mounted with.
   */
  readonly controller?: string;
}

/** The kernel's own words, so that a choice can be tested without such a host. */
export interface HierarchyFacts {
  /** /proc/self/mountinfo */
  readonly mountinfo: string;
  /** /proc/self/cgroup */
  readonly selfCgroup: string;
  /** /proc/cgroups; empty where the kernel has no v1 */
  readonly controllers: string;
}

/**
 * In this order, because runtimes always place containers in these; cpuset and others may be absent
 * or shared.
 */
const preferred = ["memory", "pids", "cpu", "name=systemd"];

/**
 * `wanted` overrides the choice: "v2", or a v1 controller by name ("memory", "name=systemd").
 * Throws when nothing fits, saying what is mounted.
 */
export function chooseHierarchy(facts: HierarchyFacts, wanted?: string): Hierarchy {
  const mounts = cgroupMounts(facts.mountinfo);
  const v2 = mounts.find((mount) => mount.type === "cgroup2");
  const v1 = mounts.filter((mount) => mount.type === "cgroup");

  if (v2 !== undefined && (wanted === undefined || wanted === "v2")) {
    const { mountPoint, root } = v2;
    return { mode: v1.length === 0 ? "v2" : "hybrid", mountPoint, root, hierarchyId: 0 };
  }
  for (const controller of wanted === undefined ? preferred : [wanted]) {
    const mount = v1.find(({ options }) => options.includes(controller));
    const hierarchyId = hierarchyIdOf(controller, facts);
    if (mount === undefined || hierarchyId === undefined) continue;
    const { mountPoint, root } = mount;
    return { mode: "v1", mountPoint, root, hierarchyId, controller };
  }
  throw new Error(
    `no cgroup hierarchy to track${wanted === undefined ? "" : ` named "${wanted}"`}: ` +
      `mounted here: ${mounts.map((mount) => `${mount.type} at ${mount.mountPoint}`).join(", ") || "none"}; ` +
      "mount one (mount -t cgroup2 none /sys/fs/cgroup) or name one of those",
  );
}

export async function findHierarchy(wanted?: string): Promise<Hierarchy> {
  const [mountinfo, selfCgroup, controllers] = await Promise.all([
    readFile("/proc/self/mountinfo", "utf8"),
    readFile("/proc/self/cgroup", "utf8"),
    readFile("/proc/cgroups", "utf8").catch(() => ""),
  ]);
  return chooseHierarchy({ mountinfo, selfCgroup, controllers }, wanted);
}

interface CgroupMount {
  readonly type: "cgroup" | "cgroup2";
  readonly mountPoint: string;
  readonly root: string;
  readonly options: readonly string[];
}

/**
 * Whole hierarchies first, then the shortest mount point: bind mounts of parts of them stand back.
 */
function cgroupMounts(mountinfo: string): CgroupMount[] {
  const mounts: CgroupMount[] = [];
  for (const line of mountinfo.split("\n")) {
    // "41 31 0:38 / /sys/fs/cgroup/unified rw,relatime shared:9 - cgroup2 cgroup2 rw,nsdelegate"
    const [left = "", right = ""] = line.split(" - ");
    const [, , , root, mountPoint] = left.split(" ");
    const [type, , options = ""] = right.split(" ");
    if (root === undefined || mountPoint === undefined) continue;
    if (type !== "cgroup" && type !== "cgroup2") continue;
    mounts.push({
      type,
      root: unescapeMount(root),
      mountPoint: unescapeMount(mountPoint),
      options: options.split(","),
    });
  }
  return mounts.sort(
    (a, b) =>
      Number(a.root !== "/") - Number(b.root !== "/") || a.mountPoint.length - b.mountPoint.length,
  );
}

/** mountinfo writes space, tab, newline and backslash in octal. */
function unescapeMount(path: string): string {
  return path.replace(/\\([0-7]{3})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );
}

/** Named hierarchies are in /proc/self/cgroup only; controllers in both. */
function hierarchyIdOf(controller: string, facts: HierarchyFacts): number | undefined {
  for (const line of facts.selfCgroup.split("\n")) {
    const [id, names = ""] = line.split(":");
    if (names.split(",").includes(controller)) return Number(id);
  }
  for (const line of facts.controllers.split("\n")) {
    const [name, id] = line.split("\t");
    if (name === controller) return Number(id);
  }
  return undefined;
}
