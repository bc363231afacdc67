/** Where programs for cgroups go: the root of cgroup v2, also where v1 tells instances apart. */
import { readFileSync } from "node:fs";
import { chooseHierarchy, type Hierarchy } from "../workload/hierarchy.ts";

/** Undefined where no v2 is mounted. */
export function cgroupV2Mount(tracked: Hierarchy | undefined): string | undefined {
  if (tracked && tracked.mode !== "v1") return tracked.mountPoint;
  const mountinfo = readFileSync("/proc/self/mountinfo", "utf8");
  try {
    return chooseHierarchy({ mountinfo, selfCgroup: "", controllers: "" }, "v2").mountPoint;
  } catch {
    return undefined; // it throws only for "none is mounted"
  }
}
