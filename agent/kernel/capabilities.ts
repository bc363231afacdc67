/**
 * `pahlevan debug system-capabilities`: what this kernel lets Pahlevan see, where, and what would
 * help.
 */
import type { Hierarchy } from "../workload/hierarchy.ts";
import { asking, kernelFacts } from "./ask.ts";
import { cgroupV2Mount } from "./cgroup-v2.ts";
import { facts, guards, type Tier } from "./hooks.ts";
import { plan } from "./plan.ts";
import { requirements, type KernelSurvey, type Requirement } from "./requirements.ts";
import { survey } from "./survey.ts";
import { tierRows, type TierRow } from "./tiers.ts";

export interface SystemCapabilities {
  readonly kernel: string;
  readonly ebpf: boolean;
  readonly tc: boolean;
  readonly tracepoints: boolean;
  readonly tiers: readonly TierRow[];
  /** Where programs are that only deny. */
  readonly guards: readonly TierRow[];
  readonly requirements: readonly Requirement[];
}

/** Probes only: nothing stays loaded. */
export function systemCapabilities(hierarchy: Hierarchy | undefined): SystemCapabilities {
  const surveyed = survey(cgroupV2Mount(hierarchy));
  const ask = surveyed.btf
    ? asking(kernelFacts(hierarchy))
    : () => "the kernel has no BTF (/sys/kernel/btf/vmlinux)";
  return capabilitiesFrom(surveyed, tierRows(plan(facts, ask)), tierRows(plan(guards, ask)));
}

export function capabilitiesFrom(
  surveyed: KernelSurvey,
  tiers: readonly TierRow[],
  guardTiers: readonly TierRow[] = [],
): SystemCapabilities {
  return {
    kernel: surveyed.release,
    ebpf: surveyed.bpf.ok,
    tc: surveyed.tc.ok,
    tracepoints: surveyed.tracepoints.ok,
    tiers,
    guards: guardTiers,
    requirements: requirements(surveyed),
  };
}

const meanings: Readonly<Record<Tier, string>> = {
  lsm: "where the kernel decides: objects resolved, what it refuses is not told",
  fentry: "the same functions at their start: also attempts that are then refused",
  tracepoint: "made for this fact",
  cgroup: "IP sockets of the cgroups",
  sys_exit: "ends of system calls: paths as the caller passed them, nothing of io_uring",
  function: "functions of system calls: what nobody denies costs nothing there",
  iterator: "what is there when Pahlevan starts",
};
const marks: Readonly<Record<Requirement["state"], string>> = {
  fine: "ok     ",
  worse: "worse  ",
  missing: "MISSING",
};

/** By facet: the tier, and what an act meets that a policy denies. */
export type Enforced = readonly (readonly [facet: string, tier: string, meets: string])[];

/** The first line is a promise: "eBPF=true, TC=true, Tracepoints=true". */
export function capabilitiesText(report: SystemCapabilities, enforced: Enforced = []): string {
  const width = Math.max(...report.tiers.map(({ fact }) => fact.length));
  const used = new Set(report.tiers.map(({ tier }) => tier));
  return [
    `eBPF=${report.ebpf}, TC=${report.tc}, Tracepoints=${report.tracepoints}`,
    ...report.tiers.map(({ fact, tier, hooks }) =>
      `${fact.padEnd(width)}  ${(tier ?? "none").padEnd(10)}  ${hooks.join(" ")}`.trimEnd(),
    ),
    "",
    "Tiers:",
    ...Object.entries(meanings)
      .filter(([tier]) => [...used].some((each) => each === tier))
      .map(([tier, meaning]) => `  ${tier.padEnd(10)}  ${meaning}`),
    ...reasons([...report.tiers, ...report.guards]),
    ...(enforced.length === 0 ? [] : ["", "What a policy denies:"]),
    ...enforced.map(
      ([facet, tier, meets]) => `  ${facet.padEnd(width)}  ${tier.padEnd(10)}  ${meets}`,
    ),
    "",
    `Kernel ${report.kernel} and rights:`,
    ...report.requirements.flatMap(({ name, state, says, advice }) => [
      `  ${marks[state]}  ${name}: ${says}`,
      ...(advice === undefined ? [] : [`           ${advice}`]),
    ]),
    "",
  ].join("\n");
}

/** Each reason once, with all that it concerns. */
function reasons(tiers: readonly TierRow[]): string[] {
  const concerned = new Map<string, Set<string>>();
  for (const { fact, refused } of tiers)
    for (const { tier, why } of refused) {
      const reason = `${tier}: ${why}`;
      concerned.set(reason, (concerned.get(reason) ?? new Set()).add(fact));
    }
  if (concerned.size === 0) return [];
  return [
    "",
    "Not at a better place:",
    ...[...concerned].flatMap(([reason, names]) => [`  ${reason}`, `    ${[...names].join(", ")}`]),
  ];
}
