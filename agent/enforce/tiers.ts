/** What this kernel does about an act that is denied, facet by facet, of what was attached. */
import type { JudgedFacet } from "@pahlevan/core/policy/compile/act.ts";
import type { Kernel, Shortfall, Tier } from "@pahlevan/core/policy/compile/kernel.ts";
import { ownObjects, ownPins } from "../kernel/hooks.ts";
import type { SenseTier } from "../sense/senses.ts";

/** The fact whose hook decides for a facet, by the name that `hooks.ts` gives it. */
const deciding: Partial<Record<JudgedFacet, string>> = {
  exec: "exec (before it runs)",
  file: "open",
  network: "connect",
  runtime_socket: "connect (unix)",
  capability: "capability",
  mount: "mount",
  ptrace: "ptrace",
  bpf: "bpf",
  module: "module (before it is loaded)",
};

const byHook: Readonly<Record<string, Tier>> = { lsm: "lsm", cgroup: "cgroup" };

export function kernelOf(tiers: readonly SenseTier[]): Kernel {
  const tierOf = (facet: JudgedFacet): Tier => {
    const row = tiers.find(({ fact }) => fact === deciding[facet]);
    if (facet === "exec" && (row === undefined || row.tier === "none")) return "kill";
    if (row === undefined) return "observe";
    return row.hook.startsWith("fmod_ret/") ? "fmod_ret" : (byHook[row.tier] ?? "observe");
  };
  return {
    tiers: {
      exec: tierOf("exec"),
      file: tierOf("file"),
      network: tierOf("network"),
      capability: tierOf("capability"),
      runtime_socket: tierOf("runtime_socket"),
      mount: tierOf("mount"),
      ptrace: tierOf("ptrace"),
      bpf: tierOf("bpf"),
      credential: "observe",
      module: tierOf("module"),
      namespace: "observe",
      io_uring: "observe",
    },
    syscalls: new Map(),
  };
}

/** By the fact whose hooks refuse it: what of the guard others can get at where they do not. */
const ofTheGuard: Readonly<Record<string, string>> = {
  [ownObjects]: "maps, programs, links",
  [ownPins]: "links by their pins",
  unlink: "pins",
  mount: "the mount of the pins",
  ptrace: "the agent's memory",
};

/** Of a facet that is off nothing is refused either. */
export function unprotected(tiers: readonly SenseTier[]): Shortfall[] {
  const refuses = (name: string) =>
    tiers.some(({ fact, tier }) => fact === name && (tier === "lsm" || tier === "fentry"));
  const open = Object.entries(ofTheGuard).flatMap(([fact, what]) => (refuses(fact) ? [] : [what]));
  if (open.length === 0) return [];
  return [{ facet: "bpf", says: `the guard does not protect of its own: ${open.join(", ")}` }];
}
