/**
 * What OCI runtimes leave on disk (runc's state.json, crun's status, the bundle's config.json): for
 * hosts without a daemon to ask.
 */
import { join } from "node:path";
import type { Hierarchy } from "../hierarchy.ts";
import { namesIn, readBounded } from "./bounded-file.ts";
import { boundedLabels, labels as labelsAt, list, parseJson, text } from "./json.ts";
import { kubernetesName, mark, podOf } from "./kubernetes-labels.ts";
import { isContainerId } from "./source.ts";
import type { ContainerFacts, ContainerQuestion, MetadataSource } from "./source.ts";

export interface StateRoot {
  /** The directory that holds one directory per container. */
  readonly path: string;
  readonly runtime: string;
  /** A daemon (containerd, Docker) drives the runtime here and knows names and images better. */
  readonly daemon: boolean;
}

/** The usual places. `run` is "/run", but in tests. */
export function usualStateRoots(run = "/run"): readonly StateRoot[] {
  return [
    { path: join(run, "runc"), runtime: "runc", daemon: false },
    { path: join(run, "crun"), runtime: "crun", daemon: false },
    { path: join(run, "youki"), runtime: "youki", daemon: false },
    { path: join(run, "containerd/runc/k8s.io"), runtime: "containerd", daemon: true },
    { path: join(run, "containerd/runc/default"), runtime: "containerd", daemon: true },
    { path: join(run, "containerd/runc/moby"), runtime: "docker", daemon: true },
    { path: join(run, "docker/runtime-runc/moby"), runtime: "docker", daemon: true },
  ];
}

/**
 * More containers than any host runs; what lies beyond is not found by its path, only by its id.
 */
const maxContainers = 4096;

/**
 * Answers by id, and, unlike daemons, by cgroup: an OCI runtime may be told to use any cgroup path.
 */
export function ociStateSource(
  hierarchy: Pick<Hierarchy, "mode" | "mountPoint">,
  roots: readonly StateRoot[] = usualStateRoots(),
): MetadataSource {
  return {
    name: "oci-state",
    applies: ({ id, podUid, uid }) =>
      uid === undefined && (id === undefined ? podUid === undefined : isContainerId(id)),
    async find(question: ContainerQuestion, signal: AbortSignal) {
      for (const root of roots) {
        for (const id of await candidates(root, question)) {
          if (signal.aborted) return undefined;
          const state = await readState(join(root.path, id));
          if (state === undefined) continue;
          const level =
            question.id === id ? question.level : levelOf(state, question.level, hierarchy);
          if (level !== undefined) return factsOf(id, root, state, level);
        }
      }
      return undefined;
    },
  };
}

async function candidates(root: StateRoot, { id }: ContainerQuestion): Promise<readonly string[]> {
  return id === undefined ? namesIn(root.path, maxContainers) : [id];
}

interface OciState {
  readonly annotations: Record<string, string>;
  /** crun: within the hierarchy ("/a/b"). runc: below each mount ("/sys/fs/cgroup/memory/a/b"). */
  readonly cgroups: readonly string[];
}

async function readState(folder: string): Promise<OciState | undefined> {
  const runc = await readBounded(join(folder, "state.json"));
  if (runc !== undefined) {
    const state = parseJson(runc);
    // The config's "labels" are the annotations as "key=value", and the bundle's path.
    const pairs = list(state, "config", "labels").map((label) => keyAndValue(String(label)));
    return {
      annotations: boundedLabels(pairs.filter(([key]) => key !== "bundle")),
      cgroups: Object.values(labelsAt(state, "cgroup_paths")),
    };
  }
  const crun = await readBounded(join(folder, "status"));
  if (crun === undefined) return undefined;
  const config = await readBounded(join(folder, "config.json"));
  return {
    annotations: config === undefined ? {} : labelsAt(parseJson(config), "annotations"),
    cgroups: [text(parseJson(crun), "cgroup-path")],
  };
}

function keyAndValue(label: string): [string, string] {
  const at = label.indexOf("=");
  return at < 0 ? [label, ""] : [label.slice(0, at), label.slice(at + 1)];
}

/** The container's cgroup in the tracked hierarchy, when `asked` is it or lies below it. */
function levelOf(
  state: OciState,
  asked: string,
  { mode, mountPoint }: Pick<Hierarchy, "mode" | "mountPoint">,
): string | undefined {
  for (const path of state.cgroups) {
    const forms = [path];
    if (path.startsWith(`${mountPoint}/`)) forms.push(path.slice(mountPoint.length));
    // Under v1 each controller has its own mount, one component below the common folder.
    if (mode !== "v2") forms.push(path.replace(/^\/sys\/fs\/cgroup\/[^/]+/, ""));
    const level = forms.find((form) => form.length > 1 && `${asked}/`.startsWith(`${form}/`));
    if (level !== undefined) return level;
  }
  return undefined;
}

function factsOf(
  id: string,
  { runtime, daemon }: Pick<StateRoot, "runtime" | "daemon">,
  { annotations }: OciState,
  level: string,
): ContainerFacts {
  const isManaged = annotations[managedBy] !== undefined;
  const facts = factsOfBundle(id, annotations, runtime);
  return { ...facts, level, final: !daemon && !isManaged };
}

const managedBy = "io.container.manager";

export function isPodmans(annotations: Readonly<Record<string, string>>): boolean {
  return annotations[managedBy] === "libpod";
}

/** What the bundle itself says of its container; a daemon may know more. */
export function factsOfBundle(
  id: string,
  annotations: Readonly<Record<string, string>>,
  ociRuntime: string,
): ContainerFacts {
  const pod = podOf(annotations);
  const chosenName = /^[0-9a-f]{64}$/.test(id) ? "" : id;
  // podman and CRI-O use the runtime's usual folder, and say so.
  const manager = annotations[managedBy];
  return {
    id,
    name: kubernetesName(annotations) || chosenName,
    image: mark(annotations, "image") || (annotations["org.opencontainers.image.ref.name"] ?? ""),
    runtime: isPodmans(annotations) ? "podman" : (manager ?? ociRuntime),
    labels: annotations,
    ...(pod === undefined ? {} : { pod }),
    final: true,
  };
}
