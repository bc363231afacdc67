/** What this kernel does about an act that is denied, facet by facet, of what was attached. */
import type { JudgedFacet } from "@pahlevan/core/policy/compile/act.ts";
import type { Kernel, Tier } from "@pahlevan/core/policy/compile/kernel.ts";
import { judgesPaths } from "../kernel/load.ts";
import { systemCallNames } from "../kernel/names/names.ts";
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
  namespace: "user namespace",
};

/** Where nothing decides: who tells of it. */
const telling: Partial<Record<JudgedFacet, string>> = { module: "module load" };

const byHook: Readonly<Record<string, Tier>> = { lsm: "lsm", cgroup: "cgroup" };

/** What the build for kernels without bpf_loop (before 5.17) leaves out. */
const byPath: ReadonlySet<JudgedFacet> = new Set(["exec", "file", "network", "runtime_socket"]);

/** Of both tables of this architecture. */
function callNames(): string[] {
  const { native, compat } = systemCallNames();
  return [...Object.values(native), ...Object.values(compat)];
}

export function kernelOf(tiers: readonly SenseTier[], isWhole = judgesPaths()): Kernel {
  const named = (name: string | undefined) =>
    tiers.find(({ fact, tier }) => fact === name && tier !== "none");
  const tierOf = (facet: JudgedFacet): Tier => {
    if (!isWhole && byPath.has(facet)) return "unjudged";
    const row = named(deciding[facet]) ?? named(telling[facet]);
    if (facet === "exec" && row === undefined) return "kill";
    if (row === undefined) return "none";
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
      namespace: tierOf("namespace"),
      io_uring: "observe",
    },
    syscalls: new Map(callNames().map((name) => [name, named("syscall") ? "kill" : "none"])),
  };
}

/** Nobody would notice: of these not even an alert is told. Undefined where all is judged. */
export function unjudged({ tiers }: Kernel): string | undefined {
  const facets = Object.entries(tiers).flatMap(([facet, tier]) =>
    tier === "unjudged" ? [facet] : [],
  );
  if (facets.length === 0) return undefined;
  return (
    `this kernel is too old (before 5.17) for what policies say of ${facets.join(", ")}: ` +
    "nothing of it is denied, and no decision told"
  );
}
