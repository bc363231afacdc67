/** The cgroup that a process is in, in the hierarchy that tells instances apart. */
import { readFileSync } from "node:fs";
import type { Hierarchy } from "./hierarchy.ts";

/** Within the hierarchy; undefined when there is no such process. */
export function cgroupOfProcess(
  pid: number,
  { mode, controller = "" }: Pick<Hierarchy, "mode" | "controller">,
): string | undefined {
  try {
    return cgroupIn(readFileSync(`/proc/${pid}/cgroup`, "utf8"), mode === "v1" ? controller : "");
  } catch {
    return undefined;
  }
}

/** "0::/a/b", and of v1 "4:cpu,cpuacct:/a/b". */
export function cgroupIn(text: string, controller: string): string | undefined {
  for (const line of text.split("\n")) {
    const [, id, controllers = "", path] = /^(\d+):([^:]*):(.*)$/s.exec(line) ?? [];
    const isIt = controller === "" ? id === "0" : controllers.split(",").includes(controller);
    if (isIt) return path;
  }
  return undefined;
}
