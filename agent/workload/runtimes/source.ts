/** What a container runtime can be asked, what it answers, and how it fails. */
import type { PodIdentity } from "@pahlevan/core/behaviour/identity.ts";

export interface ContainerQuestion {
  /** Missing for a pod's own cgroup, and for cgroups whose path names no container. */
  readonly id?: string;
  /** The path of the cgroup that stands for the container. */
  readonly level: string;
  readonly podUid?: string;
  /** Ask this user's own runtimes only: the path lies where that user names cgroups. */
  readonly uid?: number;
}

export interface ContainerFacts {
  readonly id: string;
  /** Empty where the runtime has no name for it. */
  readonly name: string;
  readonly image: string;
  readonly runtime: string;
  /** The container's own labels, and its pod's. */
  readonly labels: Readonly<Record<string, string>>;
  readonly pod?: PodIdentity;
  /**
   * The container's cgroup, where it is another than the one asked about: that one lies inside it.
   */
  readonly level?: string;
  /** Nobody else will know more: waiting ends here. */
  readonly final: boolean;
}

export interface MetadataSource {
  readonly name: string;
  /** Whether it can know at all; when not, nobody waits for it. */
  applies(question: ContainerQuestion): boolean;
  /**
   * Undefined: the runtime answered, and does not know it (yet). Throws `SourceFailure` when it did
   * not answer.
   */
  find(question: ContainerQuestion, signal: AbortSignal): Promise<ContainerFacts | undefined>;
}

/**
 * - absent: not installed · refused: nobody listens · denied: no permission · timeout · protocol:
 * not understood
 */
export type FailureReason = "absent" | "refused" | "denied" | "timeout" | "protocol";

export class SourceFailure extends Error {
  readonly reason: FailureReason;

  constructor(reason: FailureReason, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

const reasonByCode: Readonly<Record<string, FailureReason>> = {
  ENOENT: "absent",
  ENOTDIR: "absent",
  ENOTSOCK: "refused",
  ECONNREFUSED: "refused",
  EACCES: "denied",
  EPERM: "denied",
  ABORT_ERR: "timeout",
};

export function asSourceFailure(error: unknown, where: string): SourceFailure {
  if (error instanceof SourceFailure) return error;
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const message = error instanceof Error ? error.message : String(error);
  return new SourceFailure(reasonByCode[code] ?? "protocol", `${where}: ${message}`, {
    cause: error,
  });
}

/**
 * What a system-wide daemon can be asked: not users' own containers, not cgroups that name nothing.
 */
export function isOfSystemDaemon({ id, podUid, uid }: ContainerQuestion): boolean {
  if (uid !== undefined) return false;
  return id === undefined ? podUid !== undefined : isContainerId(id);
}

/**
 * Ids that a runtime can have given; anything else is never put into a request or a file's path.
 */
export function isContainerId(id: string): boolean {
  return /^[0-9A-Za-z][0-9A-Za-z_.+-]{0,254}$/.test(id);
}
