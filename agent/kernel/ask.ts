/**
 * Asks the running kernel for a hook, once: by loading an empty program on it, never by version.
 */
import { readFileSync } from "node:fs";
import { kernelEnumValue, kernelHasType, probeHook } from "@pahlevan/native";
import type { Hierarchy } from "../workload/hierarchy.ts";
import { activeLsms } from "./active-lsms.ts";
import { askedAgain } from "./again.ts";
import { Btf } from "./btf.ts";
import { cgroupV2Mount } from "./cgroup-v2.ts";
import { byLoop, bySocket, type Hook } from "./hooks.ts";
import { programAt, type Ask } from "./plan.ts";

const btfPath = "/sys/kernel/btf/vmlinux";

export interface KernelFacts {
  readonly lsms: readonly string[] | undefined;
  /** Where programs for cgroups go; undefined where no cgroup v2 is mounted. */
  readonly cgroupV2: string | undefined;
  /** Instances are cgroups of a v1 hierarchy. */
  readonly tracksV1: boolean;
}

export function kernelFacts(hierarchy: Hierarchy | undefined): KernelFacts {
  return {
    lsms: activeLsms(),
    cgroupV2: cgroupV2Mount(hierarchy),
    tracksV1: hierarchy?.mode === "v1",
  };
}

export function asking(facts: KernelFacts): Ask {
  let btf: Btf | undefined;
  function argumentDiffers({ target, argument }: Hook): string | undefined {
    if (!argument) return undefined;
    if (!kernelHasType("typedef", `btf_trace_${target}`)) return undefined; // the probe says it better
    btf ??= new Btf(readFileSync(btfPath));
    const types = btf.tracepointArguments(target) ?? [];
    if (types[argument.index] === argument.type) return undefined;
    return `its arguments are (${types.join(", ")})`;
  }
  function ask(hook: Hook): string | undefined {
    if (hook.kind === "lsm" && !facts.lsms?.includes("bpf")) return lsmInactive(facts.lsms);
    if (hook.kind === "cgroup" && facts.cgroupV2 === undefined)
      return "no cgroup v2 is mounted (mount -t cgroup2 none /sys/fs/cgroup/unified)";
    if (byLoop.includes(hook.program) && !hasLoop()) return "the kernel has no bpf_loop";
    const differs = argumentDiffers(hook);
    if (differs !== undefined) return differs;
    const answer = askedAgain(() => probeHook(hook.kind, hook.target));
    return answer.ok ? undefined : answer.reason;
  }
  const answers = new Map<string, string | undefined>();
  return (hook) => {
    if (facts.tracksV1 && (hook.asksSocket ?? bySocket.includes(hook.program)))
      return "a socket does not know its cgroup in a v1 hierarchy";
    const key = programAt(hook);
    if (!answers.has(key)) answers.set(key, ask(hook));
    return answers.get(key);
  };
}

function hasLoop(): boolean {
  return kernelEnumValue("bpf_func_id", "BPF_FUNC_loop") !== undefined;
}

function lsmInactive(lsms: readonly string[] | undefined): string {
  if (lsms === undefined)
    return "cannot tell whether bpf is an active LSM (mount securityfs at /sys/kernel/security)";
  return `bpf is not an active LSM (${lsms.join(",")}): add lsm=${[...lsms, "bpf"].join(",")} to the kernel's command line`;
}
