/**
 * Who did it: one instance (a cgroup that stands for a container, unit or command), named as
 * policies and metrics name it.
 */

/**
 * - `container`: a container outside any pod
 * - `pod`: a container of a pod, or the pod's own cgroup
 * - `unit`: a systemd service, scope or slice
 * - `run`: a command started by `pahlevan run`
 * - `session`: a login session
 * - `host`: the root cgroup: kernel threads and what nobody placed elsewhere
 * - `cgroup`: a cgroup that no rule knows; named by its path, or its id where even that is unknown
 */
export type WorkloadKind = "container" | "pod" | "unit" | "run" | "session" | "host" | "cgroup";

export interface ContainerIdentity {
  readonly id: string;
  /** Empty while no runtime has told it. */
  readonly name: string;
  /** Image reference as it was asked for ("docker.io/library/nginx:1.29"); empty while unknown. */
  readonly image: string;
  /** docker, containerd, cri-o, podman, runc, …; empty where the path alone does not tell. */
  readonly runtime: string;
}

export interface PodIdentity {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
}

export interface WorkloadIdentity {
  readonly kind: WorkloadKind;
  /** The pod's namespace, or `hostNamespace` for everything that is in no pod. */
  readonly namespace: string;
  /** What metrics carry: of bounded cardinality, never an id while a name is known. */
  readonly workload: string;
  readonly container?: ContainerIdentity;
  readonly pod?: PodIdentity;
  readonly unit?: string;
  /**
   * What `spec.selector` matches on: the container's or pod's own labels and the `pahlevan.io/…`
   * ones.
   */
  readonly labels: Readonly<Record<string, string>>;
  /** Metadata has arrived, or none is needed. False also after a wait that ended with nothing. */
  readonly complete: boolean;
}

/** The namespace of workloads that are in no pod; policies without a namespace belong to it too. */
export const hostNamespace = "host";

/** Labels that Pahlevan itself gives; a container's own label of such a name is overwritten. */
export const identityLabels = {
  name: "pahlevan.io/name",
  unit: "pahlevan.io/unit",
  image: "pahlevan.io/image",
  runtime: "pahlevan.io/runtime",
} as const;
