/** Tables that deny less than others: while a workload is learned, and while a person looks on. */
import type { Mode } from "../policy.ts";
import { judgedFacets, type JudgedFacet } from "./act.ts";
import type { Compiled, Tables } from "./compiled.ts";

/** What is neither named nor learned passes; what is denied by name stays denied. */
export function lettingUnlisted(compiled: Compiled): Compiled {
  const { tables } = compiled;
  const open = <T extends Tables[JudgedFacet]>(table: T): T =>
    table.unlisted === "deny" ? { ...table, unlisted: "allow" } : table;
  return {
    ...compiled,
    tables: {
      exec: open(tables.exec),
      file: open(tables.file),
      network: open(tables.network),
      syscall: open(tables.syscall),
      capability: open(tables.capability),
      runtime_socket: open(tables.runtime_socket),
      credential: open(tables.credential),
      mount: open(tables.mount),
      ptrace: open(tables.ptrace),
      bpf: open(tables.bpf),
      module: open(tables.module),
      namespace: open(tables.namespace),
      io_uring: open(tables.io_uring),
    },
  };
}

/** The very same tables; nothing is refused by them, and all that would be is told. */
export function atMostMonitored(compiled: Compiled): Compiled {
  const modes: Record<JudgedFacet, Mode> = { ...compiled.modes };
  for (const facet of judgedFacets) if (modes[facet] !== "off") modes[facet] = "monitor";
  return { ...compiled, modes };
}
