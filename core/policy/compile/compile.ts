/** From a policy, what was learned and what is admitted to tables. */
import { isRuntimeSocket } from "../../behaviour/runtime-socket.ts";
import type { Policy, Unlisted } from "../policy.ts";
import type { Problem } from "../problem.ts";
import { judgedFacets, type PlainFacet } from "./act.ts";
import { ordered } from "./canonical.ts";
import type { Compiled, Entry, NetworkEntry, Tables, UnixEntry } from "./compiled.ts";
import type { Admitted, Learned } from "./learned.ts";
import { tooLarge } from "./limits.ts";
import { capabilityEntries, plainEntries, syscallEntries } from "./names.ts";
import { networkEntries } from "./network.ts";
import { execEntries, fileEntries } from "./paths.ts";
import { needsOf } from "./rules.ts";

export interface Sources {
  readonly policy: Policy;
  readonly learned?: Iterable<Learned>;
  /** Exceptions beside those that the policy writes. */
  readonly admitted?: Iterable<Admitted>;
  /** Exceptions that have ended by then are left out. */
  readonly nowMs: number;
}

export type Compilation =
  | { readonly compiled: Compiled }
  /** Why there are none: a table is whole or is not made. */
  | { readonly problems: readonly Problem[] };

export function compile({ policy, learned = [], admitted = [], nowMs }: Sources): Compilation {
  const { facets, unlisted } = policy;
  const { exec, file, network, syscall, capability } = facets;
  const needs = needsOf(learned, admitted, nowMs);
  const sockets = networkEntries(network, needs, nowMs);
  const tables: Tables = {
    exec: table(exec.unlisted, execEntries(exec, needs, nowMs)),
    file: table(file.unlisted, fileEntries({ file, exec }, needs, nowMs)),
    network: table(
      network.unlisted,
      sockets.entries.filter((entry) => !isOfRuntime(entry)),
    ),
    syscall: table(syscall.unlisted, syscallEntries(syscall, needs, nowMs)),
    capability: table(capability.unlisted, capabilityEntries(capability, needs, nowMs)),
    runtime_socket: table(unlisted, sockets.entries.filter(isOfRuntime)),
    ...eachPlain((facet) => table(unlisted, plainEntries(facet, syscall, needs, nowMs))),
  };
  const problems = [...sockets.problems, ...tooLarge(tables)];
  if (problems.length > 0) return { problems };
  const ends = judgedFacets.flatMap((facet) => endsOf(tables[facet].entries));
  return {
    compiled: {
      namespace: policy.namespace,
      name: policy.name,
      modes: {
        exec: exec.mode,
        file: file.mode,
        network: network.mode,
        syscall: syscall.mode,
        capability: capability.mode,
        runtime_socket: policy.mode,
        ...eachPlain(() => policy.mode),
      },
      tables,
      ...(ends.length > 0 && { expiresMs: Math.min(...ends) }),
    },
  };
}

function table<T>(unlisted: Unlisted, entries: readonly T[]) {
  return { unlisted, entries: ordered(entries) };
}

function isOfRuntime(entry: NetworkEntry): entry is UnixEntry {
  return entry.kind === "unix" && isRuntimeSocket(entry.path);
}

function endsOf(entries: readonly Entry[]): number[] {
  return [...new Set(entries.flatMap(({ rule }) => rule.expiresMs ?? []))];
}

function eachPlain<T>(make: (facet: PlainFacet) => T): Record<PlainFacet, T> {
  return {
    credential: make("credential"),
    mount: make("mount"),
    ptrace: make("ptrace"),
    bpf: make("bpf"),
    module: make("module"),
    namespace: make("namespace"),
    io_uring: make("io_uring"),
  };
}
