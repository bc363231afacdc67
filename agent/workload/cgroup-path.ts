/**
 * What a cgroup's path says about its owner: the runtime's container id, the pod, the unit; and
 * which ancestor stands for it.
 */
import type { WorkloadKind } from "@pahlevan/core/behaviour/identity.ts";
import { containerLevel } from "./container-path.ts";
import { unitWorkload } from "./unit-name.ts";

export interface CgroupOwner {
  readonly kind: WorkloadKind;
  /** The path of the cgroup that stands for the instance; everything below it belongs to it. */
  readonly level: string;
  /** A name of bounded cardinality, for as long as no runtime tells a better one. */
  readonly name: string;
  readonly container?: {
    readonly id: string;
    /** Empty where the path does not tell. */
    readonly runtime: string;
  };
  readonly podUid?: string;
  readonly unit?: string;
  /**
   * Set below `user@UID.service`: that user may make cgroups of any name there, so ids found there
   * are theirs only.
   */
  readonly uid?: number;
}

/**
 * Longer paths cannot exist (PATH_MAX); what is deeper than this is cut, and belongs to the
 * ancestor found so far.
 */
const maxPathLength = 4096;

/**
 * Never throws, whatever the bytes. `root` is the path where the agent's own view begins (its
 * cgroup namespace), for paths that the kernel gave from its own root: a Kubernetes node that is
 * itself a container sees its pods below that.
 *
 * The outermost container wins. What a container with a writable cgroup tree makes below itself
 * stays its own, so a process cannot pass for another container by making a cgroup of that
 * container's name.
 */
export function parseCgroupPath(path: string, root = "/"): CgroupOwner {
  const parts = path
    .slice(0, maxPathLength)
    .split("/")
    .filter((part) => part !== "" && part !== ".");
  const skipped = startsWith(
    parts,
    root.split("/").filter((part) => part !== ""),
  );
  const own = parts.slice(skipped);
  const pathTo = (count: number) => `/${parts.slice(0, skipped + count).join("/")}`;

  if (own.length === 0) return { kind: "host", level: pathTo(0), name: "host" };

  const userAt = own.findIndex((part) => userManager.test(part));
  const uid = userAt < 0 ? undefined : Number(userManager.exec(own[userAt] ?? "")?.[1]);
  const rootless = uid === undefined ? {} : { uid };

  const found = containerLevel(own);
  // No kubelet runs below a user's manager, so a pod's name there is made up.
  const podUid = uid === undefined ? found?.podUid : undefined;
  const container =
    found?.id === undefined ? {} : { container: { id: found.id, runtime: found.runtime } };
  if (found !== undefined && (found.id ?? podUid) !== undefined) {
    return {
      kind: podUid === undefined ? "container" : "pod",
      level: pathTo(found.count),
      name: shortId(found.id ?? podUid ?? ""),
      ...container,
      ...(podUid === undefined ? {} : { podUid }),
      ...rootless,
    };
  }

  if (own[0] === "pahlevan" && own[1] !== undefined) {
    return { kind: "run", level: pathTo(2), name: own[1].replace(/-\d+$/, "") };
  }

  const unitAt = unitIndex(own, userAt);
  const unit = own[unitAt];
  if (unit !== undefined) {
    const kind = /^session-.+\.scope$/.test(unit) ? "session" : "unit";
    return { kind, level: pathTo(unitAt + 1), name: unitWorkload(unit), unit, ...rootless };
  }

  return {
    kind: "cgroup",
    level: pathTo(own.length),
    name: generalPath(pathTo(own.length)),
    ...rootless,
  };
}

/** What people write for an id of 64 digits. Names that a person chose are not cut. */
export function shortId(id: string): string {
  return /^[0-9a-f]{64}$/.test(id) ? id.slice(0, 12) : id;
}

const userManager = /^user@(\d{1,10})\.service$/;

/**
 * Index of the component that is the unit, or -1. A user's own units are the ones below their
 * manager.
 */
function unitIndex(parts: readonly string[], userAt: number): number {
  const from = userAt + 1;
  const below = parts.slice(from).findIndex((part) => /.\.(?:service|scope)$/.test(part));
  if (below >= 0) return from + below;
  if (userAt >= 0) return userAt;
  const last = parts.length - 1;
  return /.\.slice$/.test(parts[last] ?? "") ? last : -1;
}

/**
 * Ids in a plain cgroup's path are cut out, so that one job run a thousand times is one workload.
 */
function generalPath(path: string): string {
  return path.replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}|[0-9a-f]{12,}|\d{5,}/g, "*");
}

/** How many leading parts `root` takes of `parts`; none when the path does not lie below it. */
function startsWith(parts: readonly string[], root: readonly string[]): number {
  return root.every((part, index) => parts[index] === part) ? root.length : 0;
}
