/** Tables that deny less than others: while a workload is learned, and while a person looks on. */
import type { Mode, Unlisted } from "../policy.ts";
import { judgedFacets, type JudgedFacet } from "./act.ts";
import type { Compiled, Tables } from "./compiled.ts";

/** What is neither named nor learned passes; what is denied by name stays denied. */
export function lettingUnlisted(compiled: Compiled): Compiled {
  return withUnlisted(compiled, judgedFacets, "allow");
}

/** The same, and what passes is told of: watched by the very entries that would be enforced. */
export function tellingUnlisted(
  compiled: Compiled,
  facets: readonly JudgedFacet[] = judgedFacets,
): Compiled {
  return withUnlisted(compiled, facets, "audit");
}

function withUnlisted(
  compiled: Compiled,
  facets: readonly JudgedFacet[],
  unlisted: Unlisted,
): Compiled {
  const { tables } = compiled;
  const open = <T extends Tables[JudgedFacet]>(facet: JudgedFacet, table: T): T =>
    table.unlisted === "deny" && facets.includes(facet) ? { ...table, unlisted } : table;
  return {
    ...compiled,
    tables: {
      exec: open("exec", tables.exec),
      file: open("file", tables.file),
      network: open("network", tables.network),
      syscall: open("syscall", tables.syscall),
      capability: open("capability", tables.capability),
      runtime_socket: open("runtime_socket", tables.runtime_socket),
      credential: open("credential", tables.credential),
      mount: open("mount", tables.mount),
      ptrace: open("ptrace", tables.ptrace),
      bpf: open("bpf", tables.bpf),
      module: open("module", tables.module),
      namespace: open("namespace", tables.namespace),
      io_uring: open("io_uring", tables.io_uring),
    },
  };
}

/** The very same tables; nothing is refused by them, and all that would be is told. */
export function atMostMonitored(compiled: Compiled): Compiled {
  const modes: Record<JudgedFacet, Mode> = { ...compiled.modes };
  for (const facet of judgedFacets) if (modes[facet] !== "off") modes[facet] = "monitor";
  return { ...compiled, modes };
}
