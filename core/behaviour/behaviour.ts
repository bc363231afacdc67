/**
 * A behaviour: what an instance did, without who, when and how often, so that two instances which
 * do the same have the same behaviour.
 */
import type { Facet } from "./event.ts";

/**
 * Facets that have behaviours; forks and lives of instances are no need that a policy could grant.
 */
export const learnedFacets = [
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
] as const satisfies readonly Facet[];
export type LearnedFacet = (typeof learnedFacets)[number];

export function forFacets<T>(make: (facet: LearnedFacet) => T): Record<LearnedFacet, T> {
  return {
    exec: make("exec"),
    file: make("file"),
    network: make("network"),
    syscall: make("syscall"),
    capability: make("capability"),
    credential: make("credential"),
    mount: make("mount"),
    ptrace: make("ptrace"),
    bpf: make("bpf"),
    module: make("module"),
    io_uring: make("io_uring"),
    namespace: make("namespace"),
  };
}

/** An open for reading and writing is two behaviours: each is a need of its own. */
export const fileAccesses = [
  "read",
  "write",
  "exec",
  "create",
  "mkdir",
  "mknod",
  "unlink",
  "rmdir",
  "rename_from",
  "rename_to",
  "link_from",
  "link_to",
  "symlink",
  "chmod",
  "chown",
  "truncate",
] as const;
export type FileAccess = (typeof fileAccesses)[number];

export const networkOperations = ["connect", "send", "bind", "listen", "accept"] as const;
export type NetworkOperation = (typeof networkOperations)[number];

/** Every string but `address` and the numbers' is a name (name.ts). */
export type Behaviour =
  | { readonly facet: "exec"; readonly path: string; readonly script?: string }
  | { readonly facet: "file"; readonly access: FileAccess; readonly path: string }
  | {
      readonly facet: "network";
      readonly operation: NetworkOperation;
      readonly protocol: string;
      /** Of an accepted connection: how far its peer is (loopback, private, public). */
      readonly address: string;
      readonly port: number;
    }
  | {
      readonly facet: "network";
      readonly operation: NetworkOperation;
      readonly protocol: "unix";
      readonly path: string;
    }
  | {
      readonly facet: "network";
      readonly operation: "dns";
      readonly name: string;
      readonly questionType: string;
    }
  | { readonly facet: "syscall"; readonly name: string; readonly compat: boolean }
  | { readonly facet: "capability"; readonly name: string }
  | {
      readonly facet: "credential";
      readonly operation: string;
      readonly uid: number;
      readonly gid: number;
    }
  | {
      readonly facet: "mount";
      readonly operation: string;
      readonly path: string;
      readonly source?: string;
    }
  | { readonly facet: "ptrace"; readonly operation: string; readonly path?: string }
  | { readonly facet: "bpf"; readonly command: string }
  | { readonly facet: "module"; readonly name: string }
  | { readonly facet: "io_uring" | "namespace"; readonly operation: string };
