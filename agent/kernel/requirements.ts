/**
 * What sensing needs of a kernel and of this process' rights: judged from facts, with what to do
 * about it.
 */

/** How the running kernel answered; gathered by survey.ts. */
export interface KernelSurvey {
  readonly release: string;
  /** CapEff of /proc/self/status. */
  readonly capabilities: bigint;
  readonly btf: boolean;
  readonly bpf: Answer;
  readonly tc: Answer;
  readonly tracepoints: Answer;
  readonly fentry: Answer;
  readonly lsm: Answer;
  /** The same for a function that takes a struct by value, which takes a kernel of its own. */
  readonly structArguments: Answer;
  /** The kernel was built with CONFIG_BPF_LSM. */
  readonly lsmBuilt: boolean;
  /** Undefined: nobody can tell. */
  readonly lsms: readonly string[] | undefined;
  /** Memory of maps is charged to cgroups, not to RLIMIT_MEMLOCK (since 5.11). */
  readonly memcgAccounting: boolean;
  /** Bytes; Infinity for none. */
  readonly memlockLimit: number;
  readonly cgroupV2: string | undefined;
  /** Pahlevan's own pid as the kernel's programs see it; undefined: nobody can tell. */
  readonly pid: number | undefined;
  /** /proc/<pid> is about the process that those programs mean. */
  readonly procIsHosts: boolean;
  readonly tracefs: boolean;
  /** kernel.unprivileged_bpf_disabled; undefined where there is no such setting. */
  readonly unprivilegedBpfDisabled: number | undefined;
  /** "none", "integrity" or "confidentiality". */
  readonly lockdown: string | undefined;
  readonly bpfLoop: boolean;
  readonly jit: boolean;
}

export interface Answer {
  readonly ok: boolean;
  readonly code: string;
  readonly reason: string;
}

export interface Requirement {
  readonly name: string;
  /** `worse`: it goes without, at a lower tier or at a cost. */
  readonly state: "fine" | "worse" | "missing";
  readonly says: string;
  readonly advice?: string;
}

const rights = { CAP_SYS_ADMIN: 21n, CAP_NET_ADMIN: 12n, CAP_PERFMON: 38n, CAP_BPF: 39n } as const;
const rightsFor: Partial<Record<keyof typeof rights, string>> = {
  CAP_BPF: "load programs and make maps",
  CAP_PERFMON: "attach to tracepoints and read kernel memory",
  CAP_NET_ADMIN: "attach to cgroups' sockets",
};
const MEMLOCK_NEEDED = 64 << 20;

export function requirements(survey: KernelSurvey): Requirement[] {
  const rights = rightsOf(survey);
  // Without the rights the kernel answers EPERM to everything: what it would take is not known.
  const answers = rights.state === "missing" ? [] : [lsm, fentry, structArguments, tracepoints, tc];
  return [
    rights,
    btf(survey),
    ...answers.map((judge) => judge(survey)),
    processes(survey),
    cgroupV2(survey),
    memory(survey),
    loops(survey),
    jit(survey),
    lockdown(survey),
    tracefs(survey),
    unprivileged(survey),
  ].filter((each) => each !== undefined);
}

function has({ capabilities }: KernelSurvey, right: keyof typeof rights): boolean {
  return ((capabilities >> rights[right]) & 1n) === 1n;
}

/** Before 5.8 CAP_SYS_ADMIN was the one for everything; it still stands for the others. */
function rightsOf(survey: KernelSurvey): Requirement {
  const name = "rights";
  if (has(survey, "CAP_SYS_ADMIN")) return { name, state: "fine", says: "CAP_SYS_ADMIN" };
  const needed = ["CAP_BPF", "CAP_PERFMON", "CAP_NET_ADMIN"] as const;
  const lacking = needed.filter((right) => !has(survey, right));
  if (lacking.length === 0) return { name, state: "fine", says: needed.join(", ") };
  return {
    name,
    state: "missing",
    says: lacking.map((right) => `no ${right} (to ${rightsFor[right]})`).join(", "),
    advice:
      "run as root, or give the service these capabilities (AmbientCapabilities= in its unit)",
  };
}

function btf({ btf }: KernelSurvey): Requirement {
  const name = "BTF";
  if (btf) return { name, state: "fine", says: "/sys/kernel/btf/vmlinux" };
  const says = "the kernel does not describe its types: no program can be loaded";
  return { name, state: "missing", says, advice: "use a kernel with CONFIG_DEBUG_INFO_BTF=y" };
}

function lsm({ lsm, lsmBuilt, lsms }: KernelSurvey): Requirement {
  const name = "BPF LSM";
  const state = "worse";
  if (!lsmBuilt) {
    const advice = "for enforcement, use a kernel with CONFIG_BPF_LSM=y";
    return { name, state, says: "the kernel was built without CONFIG_BPF_LSM", advice };
  }
  if (lsms === undefined) {
    const says = "cannot tell whether `bpf` is in the active list: securityfs is not mounted";
    return { name, state, says, advice: "mount -t securityfs none /sys/kernel/security" };
  }
  if (!lsms.includes("bpf")) {
    const says = `kernel has CONFIG_BPF_LSM but \`bpf\` is not in the active list (${lsms.join(",")})`;
    const advice = `add lsm=${[...lsms, "bpf"].join(",")} to the kernel's command line and reboot`;
    return { name, state, says, advice };
  }
  if (lsm.ok) return { name, state: "fine", says: `active (${lsms.join(",")})` };
  const says = `active, but a program is refused: ${lsm.reason}`;
  return { name, state, says, advice: trampolineAdvice(lsm) };
}

function fentry({ fentry }: KernelSurvey): Requirement {
  const name = "fentry";
  if (fentry.ok) return { name, state: "fine", says: "programs attach to kernel functions" };
  const says = `${fentry.code}: ${fentry.reason}`;
  return { name, state: "worse", says, advice: trampolineAdvice(fentry) };
}

/** Only what trampolines alone could show is missed: without them other hooks tell of it. */
function structArguments({ fentry, structArguments }: KernelSurvey): Requirement | undefined {
  if (!fentry.ok || structArguments.ok || !structArguments.reason.includes("STRUCT"))
    return undefined;
  return {
    name: "struct arguments",
    state: "worse",
    says: "programs cannot be for functions that take a struct: changes of owner (chown) are not seen",
    advice: "a newer kernel: 6.1 or later, on arm64 6.5 or later",
  };
}

function processes({ pid, procIsHosts }: KernelSurvey): Requirement {
  const name = "processes";
  const advice = "run it in the host's pid namespace (hostPID: true, --pid=host)";
  if (pid === undefined) {
    const says =
      "in a pid namespace, and the kernel (before 5.10?) does not say which process outside it " +
      "Pahlevan is: it will tell of what it does itself";
    return { name, state: "worse", says, advice };
  }
  if (procIsHosts) return { name, state: "fine", says: `the host's; Pahlevan's own is ${pid}` };
  const says =
    `/proc is of a pid namespace (Pahlevan is ${pid} outside of it): ` +
    "what runs before Pahlevan starts is told without its arguments";
  return { name, state: "worse", says, advice };
}

function trampolineAdvice({ code }: Answer): string {
  if (code === "EPERM" || code === "EACCES")
    return "with the rights above this is the kernel's own rule (hardened and sandboxed kernels forbid BPF trampolines): tracepoints and cgroup hooks stand in";
  if (code === "ENOTSUPP" || code === "ENOTSUP" || code === "EOPNOTSUPP")
    return "this kernel has no BPF trampolines for its architecture (arm64: from 6.0 on; CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS=y)";
  return "tracepoints and cgroup hooks stand in";
}

function tracepoints({ tracepoints }: KernelSurvey): Requirement {
  const name = "tracepoints";
  if (tracepoints.ok) return { name, state: "fine", says: "with typed arguments (tp_btf)" };
  const says = `${tracepoints.code}: ${tracepoints.reason}`;
  return { name, state: "missing", says, advice: "see rights and BTF; CONFIG_BPF_EVENTS=y" };
}

function cgroupV2({ cgroupV2 }: KernelSurvey): Requirement {
  const name = "cgroup v2";
  if (cgroupV2 !== undefined) return { name, state: "fine", says: `mounted at ${cgroupV2}` };
  return {
    name,
    state: "worse",
    says: "not mounted: UDP sends and DNS questions are not seen, connections only by the LSM tiers",
    advice: "mkdir -p /sys/fs/cgroup/unified && mount -t cgroup2 none /sys/fs/cgroup/unified",
  };
}

function tc({ tc }: KernelSurvey): Requirement {
  if (tc.ok) return { name: "TC", state: "fine", says: "takes programs" };
  const says = `${tc.code}: ${tc.reason}`;
  return { name: "TC", state: "worse", says, advice: "CONFIG_NET_CLS_ACT=y, CONFIG_NET_CLS_BPF=m" };
}

function memory({ memcgAccounting, memlockLimit }: KernelSurvey): Requirement {
  const name = "memory for maps";
  if (memcgAccounting) return { name, state: "fine", says: "charged to the agent's cgroup" };
  const limit = memlockLimit === Infinity ? "unlimited" : `${memlockLimit >> 10} KiB`;
  const says = `counts against RLIMIT_MEMLOCK (${limit}), as in kernels before 5.11`;
  if (memlockLimit >= MEMLOCK_NEEDED) return { name, state: "fine", says };
  const advice = "LimitMEMLOCK=infinity in the unit, or CAP_SYS_RESOURCE to raise it by itself";
  return { name, state: "worse", says, advice };
}

function loops({ bpfLoop }: KernelSurvey): Requirement {
  const name = "bpf_loop";
  if (bpfLoop) return { name, state: "fine", says: "programs are verified in a moment" };
  const says = "not there (before 5.17): paths and addresses are told, and not judged";
  return { name, state: "worse", says };
}

function jit({ jit }: KernelSurvey): Requirement | undefined {
  if (jit) return undefined;
  const says = "off: programs are interpreted, at several times the cost";
  return { name: "JIT", state: "worse", says, advice: "sysctl net.core.bpf_jit_enable=1" };
}

function lockdown({ lockdown }: KernelSurvey): Requirement | undefined {
  if (lockdown !== "confidentiality") return undefined;
  return {
    name: "lockdown",
    state: "missing",
    says: "confidentiality: programs may not read kernel memory",
    advice: "boot with lockdown=integrity, or without",
  };
}

function tracefs({ tracefs }: KernelSurvey): Requirement | undefined {
  if (tracefs) return undefined;
  const says = "not mounted; Pahlevan's own programs do without it";
  const advice = "for other tools: mount -t tracefs none /sys/kernel/tracing";
  return { name: "tracefs", state: "fine", says, advice };
}

function unprivileged({ unprivilegedBpfDisabled }: KernelSurvey): Requirement | undefined {
  if (unprivilegedBpfDisabled !== 0) return undefined;
  return {
    name: "unprivileged bpf()",
    state: "worse",
    says: "allowed to everybody (kernel.unprivileged_bpf_disabled=0); Pahlevan does not need it",
    advice: "sysctl kernel.unprivileged_bpf_disabled=2",
  };
}
