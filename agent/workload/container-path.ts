/**
 * The table of how runtimes name a container's cgroup: which component of a path is the container,
 * and its id.
 */

import { unescapeUnit } from "./unit-name.ts";

export interface ContainerLevel {
  /** How many components of the path lead to the container's (or the pod's) cgroup. */
  readonly count: number;
  /** Missing for a pod's own cgroup. */
  readonly id?: string;
  readonly runtime: string;
  readonly podUid?: string;
}

/**
 * One way of naming. `parents` are the components directly above, nearest last, that must fit as
 * well.
 */
interface Naming {
  readonly runtime: string;
  readonly parents?: readonly RegExp[];
  readonly component: RegExp;
  /** Only directly below the root: names that mean nothing deeper down. */
  readonly atRoot?: true;
}

const pod =
  /^(?:(?:[^:]+-)?kubepods(?:-[^:]+)?-)?pod(?<uid>[0-9a-f]{32}|[0-9a-f]{8}(?:[-_][0-9a-f]{4}){3}[-_][0-9a-f]{12})(?:\.slice)?$/;

/** First fit wins, so what is special stands before what is general. The first group is the id. */
const namings: readonly Naming[] = [
  // systemd driver: PREFIX-ID.scope
  { runtime: "containerd", component: /^cri-containerd-([0-9a-f]{12,})\.scope$/ },
  { runtime: "cri-o", component: /^crio-([0-9a-f]{12,})(?:\.scope)?$/ },
  { runtime: "docker", component: /^docker-([0-9a-f]{12,})\.scope$/ },
  { runtime: "podman", component: /^libpod-(?:payload-)?([0-9a-f]{12,})(?:\.scope)?$/ },
  { runtime: "containerd", component: /^nerdctl-([0-9A-Za-z_.-]+)\.scope$/ },
  { runtime: "runc", component: /^runc-([0-9A-Za-z_+.-]+)\.scope$/ },
  { runtime: "crun", component: /^crun-([0-9A-Za-z_+.-]+)\.scope$/ },
  { runtime: "youki", component: /^youki-([0-9A-Za-z_+.-]+)\.scope$/ },

  // The systemd driver's SLICE:PREFIX:ID, handed to a runtime that runs with the cgroupfs driver.
  { runtime: "containerd", component: /^[^:]*:cri-containerd:([0-9a-f]{12,})$/ },
  { runtime: "cri-o", component: /^[^:]*:crio:([0-9a-f]{12,})$/ },
  { runtime: "docker", component: /^[^:]*:docker:([0-9a-f]{12,})$/ },

  // cgroupfs driver: a parent that tells, then the id.
  { runtime: "", parents: [pod], component: /^([0-9a-f]{12,})$/ },
  { runtime: "buildkit", parents: [/^docker$/, /^buildkit$/], component: /^([0-9a-z]{12,})$/ },
  { runtime: "docker", parents: [/^docker$/], component: /^([0-9a-f]{12,})$/ },
  { runtime: "docker", parents: [/^ecs$/, /./], component: /^([0-9a-f]{32}-\d+|[0-9a-f]{64})$/ },
  { runtime: "docker", parents: [/^actions_job$/], component: /^([0-9a-f]{12,})$/ },
  { runtime: "garden", parents: [/^garden$/], component: /^([0-9a-z-]{8,})$/ },
  { runtime: "mesos", parents: [/^mesos$/], component: /^([0-9a-f-]{36})$/ },
  {
    runtime: "nomad",
    parents: [/^(?:share|reserve)\.slice$/],
    component: /^([0-9a-f-]{36}\..+)\.scope$/,
  },
  // containerd's own client puts a container at /NAMESPACE/ID.
  {
    runtime: "containerd",
    parents: [/^(?:default|k8s\.io|moby|nerdctl|buildkit)$/],
    atRoot: true,
    component: /^([0-9A-Za-z][0-9A-Za-z_.-]*)$/,
  },

  // System containers, by their name.
  { runtime: "lxc", component: /^lxc\.payload\.(.+)$/ },
  { runtime: "lxc", parents: [/^lxc(?:\.payload)?$/], component: /^(.+)$/ },
  { runtime: "nspawn", component: /^systemd-nspawn@(.+)\.service$/ },
  { runtime: "machined", parents: [/^machine\.slice$/], component: /^machine-(.+)\.scope$/ },

  // An id of 64 digits is a container's, whoever made it.
  { runtime: "", component: /^([0-9a-f]{64})$/ },
];

/**
 * The outermost component that is a container, or a pod's cgroup where no container lies below it.
 */
export function containerLevel(parts: readonly string[]): ContainerLevel | undefined {
  for (const [index, part] of parts.entries()) {
    const podUid = pod.exec(part)?.groups?.["uid"]?.replaceAll("_", "-");
    if (podUid !== undefined) {
      const below = containerAt(parts, index + 1);
      return below === undefined ? { count: index + 1, runtime: "", podUid } : { ...below, podUid };
    }
    const found = containerAt(parts, index);
    if (found !== undefined) return withPodOfSlice(part, found);
  }
  return undefined;
}

function containerAt(parts: readonly string[], index: number): ContainerLevel | undefined {
  const part = parts[index];
  if (part === undefined) return undefined;
  for (const { runtime, parents = [], component, atRoot } of namings) {
    const first = index - parents.length;
    if (first < 0 || (atRoot && first !== 0)) continue;
    if (!parents.every((parent, offset) => parent.test(parts[first + offset] ?? ""))) continue;
    const id = component.exec(part)?.[1];
    if (id !== undefined) return { count: index + 1, id: unescapeUnit(id), runtime };
  }
  return undefined;
}

/** "kubepods-burstable-podUID.slice:cri-containerd:ID" carries the pod in the same component. */
function withPodOfSlice(part: string, found: ContainerLevel): ContainerLevel {
  const slice = part.slice(0, Math.max(0, part.indexOf(":")));
  const podUid = pod.exec(slice)?.groups?.["uid"]?.replaceAll("_", "-");
  return podUid === undefined ? found : { ...found, podUid };
}
