/**
 * What was seen: one fact about what a process of an instance did, after decoding and before anyone
 * judges it.
 */
import type { WorkloadIdentity } from "./identity.ts";

/** What a behaviour is about; policies, metrics and docs use these words. */
export const facets = [
  "exec",
  "file",
  "network",
  "syscall",
  "capability",
  "credential",
  "mount",
  "ptrace",
  "bpf",
  "module",
  "io_uring",
  "namespace",
  "process",
  "instance",
] as const;
export type Facet = (typeof facets)[number];

/** One sort of fact; the kernel counts its records by kind. Same words as `enum kind` in bpf/. */
export const kinds = {
  instance_start: "instance",
  instance_end: "instance",
  fork: "process",
  exec: "exec",
  exit: "process",
  credential: "credential",
  open: "file",
  create: "file",
  unlink: "file",
  rename: "file",
  link: "file",
  chmod: "file",
  mount: "mount",
  connect: "network",
  bind: "network",
  listen: "network",
  accept: "network",
  send: "network",
  dns: "network",
  flow: "network",
  syscall: "syscall",
  capability: "capability",
  ptrace: "ptrace",
  bpf: "bpf",
  module: "module",
  io_uring: "io_uring",
  namespace: "namespace",
} as const satisfies Record<string, Facet>;
export type Kind = keyof typeof kinds;

/** pid and start time together are a process' identity: pids are used again, the pair is not. */
export interface ProcessKey {
  readonly pid: number;
  /** Nanoseconds of CLOCK_BOOTTIME at which the process started. */
  readonly startNs: bigint;
}

export interface ProcessFacts extends ProcessKey {
  readonly tid: number;
  readonly comm: string;
  readonly uid: number;
  readonly gid: number;
  readonly exe?: Text;
  readonly args?: readonly Text[];
  readonly cwd?: Text;
  readonly parent?: ProcessKey & { readonly exe?: Text };
}

/**
 * Bytes from the kernel as text: UTF-8, with what is not UTF-8 escaped as \xNN, and then `escaped`.
 */
export interface Text {
  readonly value: string;
  readonly escaped?: true;
}

/** Reasons for which a record is less than the whole truth, or more than a first sight. */
export const eventFlags = [
  "cut",
  "unresolved",
  "user_text",
  "deleted",
  "detached",
  "set_full",
  "every",
  "compat",
  "no_process",
  "granted",
  "adopted",
  "lossy",
  "setup",
] as const;
export type EventFlag = (typeof eventFlags)[number];

export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** What the fact is about, by kind. */
export type Detail =
  | { readonly kind: "instance_start" | "instance_end"; readonly cgroup: Text }
  | { readonly kind: "fork"; readonly child: ProcessKey }
  | {
      readonly kind: "exec";
      readonly path: Text;
      readonly script?: Text;
      readonly inode: bigint;
      readonly device: number;
    }
  | {
      readonly kind: "exit";
      readonly code: number;
      readonly signal: number;
      readonly dumped: boolean;
    }
  | {
      readonly kind: "credential";
      readonly operation: string;
      /** Absent where the hook ran after the change. */
      readonly from?: { readonly uid: number; readonly gid: number };
      readonly to: { readonly uid: number; readonly gid: number };
      readonly capabilities: bigint;
    }
  | {
      readonly kind: "open" | "create" | "unlink" | "chmod";
      readonly path: Text;
      readonly access: readonly string[];
      readonly operation?: string;
      readonly mode?: number;
    }
  | {
      readonly kind: "rename" | "link";
      readonly path: Text;
      readonly target: Text;
      readonly operation?: string;
    }
  | {
      readonly kind: "mount";
      readonly operation: string;
      readonly path: Text;
      readonly source?: Text;
    }
  | {
      readonly kind: "connect" | "bind" | "listen" | "accept" | "send" | "flow";
      readonly protocol: string;
      readonly family: "ipv4" | "ipv6" | "unix" | "other";
      readonly local?: Endpoint;
      readonly remote?: Endpoint;
      readonly path?: Text;
      readonly bytesSent?: bigint;
      readonly bytesReceived?: bigint;
    }
  | {
      readonly kind: "dns";
      readonly name: Text;
      readonly questionType: string;
      readonly server: Endpoint;
    }
  | {
      readonly kind: "syscall";
      readonly number: number;
      readonly name: string;
      readonly compat: boolean;
    }
  | {
      readonly kind: "capability";
      readonly number: number;
      readonly name: string;
      readonly granted: boolean;
    }
  | {
      readonly kind: "ptrace";
      readonly operation: string;
      readonly target: ProcessKey;
      readonly path?: Text;
      readonly mode: number;
    }
  | {
      readonly kind: "bpf";
      readonly command: string;
      readonly number: number;
      /** What of the guard's own it was to touch. */
      readonly own?: Text;
    }
  | { readonly kind: "module"; readonly name: Text }
  | { readonly kind: "io_uring"; readonly operation: string; readonly number: number }
  | { readonly kind: "namespace"; readonly operation: string };

/** What was done about an act, in the order of how grave that is. */
export const actions = ["tell", "would", "alert", "deny", "kill"] as const;
export type Action = (typeof actions)[number];

/** What the kernel decided about an act, by the tables of the instance's policy. */
export interface Decision {
  /** As in the policy: finer than the fact's own (runtime_socket, namespace). */
  readonly facet: string;
  /**
   * `tell`: let through, and wished to be known; `would`: the policy only watches, else it would be
   * denied; `kill`: no hook could refuse it, so who did it was ended.
   */
  readonly action: Action;
  /** Of the uses that were asked, those at fault; empty where there is but one. */
  readonly uses: readonly string[];
  /** Of the tables. */
  readonly policy: number;
}

/** A fact as agent/kernel decodes it: who is known only as the kernel knows it. */
export interface KernelEvent {
  readonly timeNs: bigint;
  readonly cgroupId: bigint;
  readonly instance: number;
  readonly generation: number;
  /**
   * Absent where the hook ran outside the process (a packet, a socket that the kernel accepted).
   */
  readonly process?: ProcessFacts;
  readonly flags: readonly EventFlag[];
  readonly detail: Detail;
  /** Absent where the act was allowed. What was denied did not happen. */
  readonly decision?: Decision;
}

/** What was denied did not happen. */
export function happened({ decision }: KernelEvent): boolean {
  return decision?.action !== "deny" && decision?.action !== "kill";
}

/** Something new that an instance did. */
export function isFirstSight(event: KernelEvent): boolean {
  return happened(event) && !event.flags.includes("every");
}

/** The same with its workload: what rules, learning, `observe` and exporters see. */
export interface BehaviourEvent extends KernelEvent {
  /** Wall clock, nanoseconds since 1970. */
  readonly wallNs: bigint;
  readonly workload: WorkloadIdentity;
  /** Of a decision: whose it is, where that is known. */
  readonly judged?: { readonly policy: string; readonly reason: string };
}
