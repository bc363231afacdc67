/** Counts by facet, before anything is counted. */
import type { Facet } from "./event.ts";

export function noFacts(): Record<Facet, number> {
  return {
    exec: 0,
    file: 0,
    network: 0,
    syscall: 0,
    capability: 0,
    credential: 0,
    mount: 0,
    ptrace: 0,
    bpf: 0,
    module: 0,
    io_uring: 0,
    namespace: 0,
    process: 0,
    instance: 0,
  };
}
