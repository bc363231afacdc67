/** The tables of system calls and capabilities, and of the facets that calls lead to. */
import type { Facets } from "../policy.ts";
import type { PlainFacet } from "./act.ts";
import type { NameEntry, PlainEntry, Rule } from "./compiled.ts";
import type { Need } from "./learned.ts";
import { lasting, says, type Said } from "./rules.ts";

export function syscallEntries(
  facet: Facets["syscall"],
  needs: readonly Said<Need>[],
  nowMs: number,
): NameEntry[] {
  return [
    ...written(facet, syscallFields, nowMs),
    ...needs.flatMap(({ rule, need }): NameEntry[] => {
      if (need.facet !== "syscall") return [];
      return [{ rule, name: need.name, compat: need.compat ?? false }];
    }),
  ];
}

export function capabilityEntries(
  facet: Facets["capability"],
  needs: readonly Said<Need>[],
  nowMs: number,
): NameEntry[] {
  return [
    ...written(facet, capabilityFields, nowMs),
    ...needs.flatMap(({ rule, need }): NameEntry[] =>
      need.facet === "capability" ? [{ rule, name: need.name }] : [],
    ),
  ];
}

interface Fields {
  readonly allowed: string;
  readonly denied: string;
  readonly exceptions: string;
}
const syscallFields: Fields = {
  allowed: "syscalls.allowedSyscalls",
  denied: "syscalls.deniedSyscalls",
  exceptions: "syscalls.exceptions",
};
const capabilityFields: Fields = {
  allowed: "capabilities.allowed",
  denied: "capabilities.denied",
  exceptions: "capabilities.exceptions",
};

function written(
  { allowed, denied, exceptions }: Facets["syscall"],
  fields: Fields,
  nowMs: number,
): { readonly rule: Rule; readonly name: string }[] {
  return [
    ...denied.map((name) => ({ rule: says("deny", fields.denied), name })),
    ...lasting(exceptions, nowMs, fields.exceptions).map(({ rule, match }) => ({
      rule,
      name: match,
    })),
    ...allowed.map((name) => ({ rule: says("allow", fields.allowed), name })),
  ];
}

/**
 * Calls that do one thing, and the facet that thing belongs to. Who names such a call in a policy
 * means the thing: the facet has no fields of its own to say it.
 */
const ledTo: Readonly<Record<string, readonly (readonly [PlainFacet, string])[]>> = {
  mount: [["mount", "mount"]],
  umount: [["mount", "umount"]],
  umount2: [["mount", "umount"]],
  move_mount: [["mount", "move_mount"]],
  pivot_root: [["mount", "pivot_root"]],
  ptrace: [
    ["ptrace", "ptrace_attach"],
    ["ptrace", "ptrace_traceme"],
    ["ptrace", "ptrace_read"],
  ],
  setns: [["namespace", "setns"]],
  unshare: [
    ["namespace", "unshare"],
    ["namespace", "userns_create"],
  ],
  capset: [["credential", "capset"]],
};
/** Their objects have no operation: every one of them. */
const ledToAll: Readonly<Record<string, PlainFacet>> = {
  bpf: "bpf",
  init_module: "module",
  finit_module: "module",
  io_uring_enter: "io_uring",
};

export function plainEntries(
  facet: PlainFacet,
  syscall: Facets["syscall"],
  needs: readonly Said<Need>[],
  nowMs: number,
): PlainEntry[] {
  return [
    ...written(syscall, syscallFields, nowMs).flatMap(({ rule, name }): PlainEntry[] => {
      if (ledToAll[name] === facet) return [{ rule, match: { operation: "*" } }];
      const operations = ledTo[name]?.filter(([to]) => to === facet) ?? [];
      return operations.map(([, operation]) => ({ rule, match: { operation } }));
    }),
    ...needs.flatMap(({ rule, need }): PlainEntry[] => {
      if (need.facet === facet) return [{ rule, match: { object: need.object } }];
      // Others than the user's are learned as the call that asks for them.
      if (facet !== "namespace" || need.facet !== "syscall") return [];
      const isOne = ledTo[need.name]?.some(([to]) => to === facet) ?? false;
      return isOne ? [{ rule, match: { operation: need.name } }] : [];
    }),
  ];
}
