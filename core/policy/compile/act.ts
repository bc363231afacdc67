/** What an instance does, as it is judged: one act. */

import {
  fileAccesses,
  networkOperations,
  type FileAccess,
  type NetworkOperation,
} from "../../behaviour/behaviour.ts";

/** The words are those of behaviours, in their order: it is that of the bits in masks. */
export { fileAccesses, networkOperations, type FileAccess, type NetworkOperation };

/** Facets whose objects are one text, and of which a policy has no fields: whole or not at all. */
export const plainFacets = [
  "credential",
  "mount",
  "ptrace",
  "bpf",
  "module",
  "namespace",
  "io_uring",
] as const;
export type PlainFacet = (typeof plainFacets)[number];

export const judgedFacets = [
  "exec",
  "file",
  "network",
  "syscall",
  "capability",
  "runtime_socket",
  ...plainFacets,
] as const;
export type JudgedFacet = (typeof judgedFacets)[number];

/**
 * Paths are absolute and resolved, as their instance sees them. Bytes that are not UTF-8 stand in
 * them as lone surrogates, U+DC80 to U+DCFF (as PEP 383 has it), so that none is lost. `unclear`
 * ones were cut, or could not be resolved: what they name is not known.
 */
export type Act =
  | {
      readonly facet: "exec";
      /** Of the program that the kernel starts: of a script, its interpreter. */
      readonly path: string;
      readonly script?: string;
      /** Its file has no name any more (a memfd, or removed since): its path names nothing. */
      readonly deleted?: true;
      readonly unclear?: true;
    }
  | {
      readonly facet: "file";
      readonly access: FileAccess;
      readonly path: string;
      readonly unclear?: true;
    }
  | IpAct
  | UnixAct
  | { readonly facet: "syscall"; readonly name: string; readonly compat?: true }
  | { readonly facet: "capability"; readonly name: string }
  /** "mount /mnt tmpfs", "prog_load", "unshare": the operation is the first word. */
  | { readonly facet: PlainFacet; readonly object: string };

export interface IpAct {
  readonly facet: "network";
  readonly operation: NetworkOperation;
  /** tcp, udp, … */
  readonly protocol: string;
  /** The peer's of connect and send; one's own of bind, listen and accept. */
  readonly address: string;
  readonly port: number;
  /** Of accept: who comes in. */
  readonly peer?: string;
  /** Names for which DNS gave this instance the address. */
  readonly names?: readonly string[];
}

export interface UnixAct {
  readonly facet: "network";
  readonly operation: NetworkOperation;
  readonly protocol: "unix";
  readonly path: string;
  readonly unclear?: true;
}

/** One bit for each word, in their order. */
function maskOf<T>(all: readonly T[], some: readonly T[]): number {
  return some.reduce((mask, each) => mask | (1 << all.indexOf(each)), 0);
}
export const accessMask = (...some: readonly FileAccess[]) => maskOf(fileAccesses, some);
export const everyAccess = accessMask(...fileAccesses);
/** Without leaving a trace: what readOnlyPaths allows, and what a program's own file needs. */
export const reading = accessMask("read", "exec");
export const operationMask = (...some: readonly NetworkOperation[]) =>
  maskOf(networkOperations, some);

export function wordsOf<T>(all: readonly T[], mask: number): T[] {
  return all.filter((_, bit) => mask & (1 << bit));
}
