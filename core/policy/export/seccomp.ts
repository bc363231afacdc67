/** The facet syscall as a seccomp profile of the OCI runtime specification. */
import {
  isDeny,
  isEnforced,
  isGrant,
  lostInTime,
  unsaid,
  type Exported,
  type Source,
} from "./exported.ts";

export type Architecture = "x86_64" | "aarch64";

const native = { x86_64: "SCMP_ARCH_X86_64", aarch64: "SCMP_ARCH_AARCH64" } as const;
const compat = { x86_64: "SCMP_ARCH_X86", aarch64: "SCMP_ARCH_ARM" } as const;

/**
 * What a runtime itself calls between the filter's begin and the program's exec (collected in
 * opencontainers/runc#2097 and moby/moby#22252; traced in runc 1.1 and crun 1.8), most of it only
 * where no_new_privs is not set.
 */
const ofRuntime = [
  ...["brk", "capget", "capset", "chdir", "close", "epoll_ctl", "epoll_pwait", "execve", "exit"],
  ...["exit_group", "faccessat2", "fchdir", "fchown", "fcntl", "fstat", "fstatfs", "futex"],
  ...["getcwd", "getdents64", "getpid", "getppid", "gettid", "madvise", "mmap", "mprotect"],
  ...["munmap", "nanosleep", "newfstatat", "openat", "openat2", "prctl", "pselect6", "read"],
  ...[
    "readlinkat",
    "rt_sigaction",
    "rt_sigprocmask",
    "rt_sigreturn",
    "sched_yield",
    "setgid",
    "setgroups",
  ],
  ...["setresgid", "setresuid", "setuid", "sigaltstack", "statx", "tgkill", "write"],
];
const EPERM = 1;
const ENOSYS = 38;

export function seccompProfile(source: Source, architecture: Architecture): Exported {
  const { compiled } = source;
  const { unlisted, entries } = compiled.tables.syscall;
  const denied = namesOf(entries.filter(isDeny));
  const granted = namesOf(entries.filter(isGrant)).filter((name) => !denied.includes(name));
  const is32Bit = entries.some(({ rule, compat: is }) => rule.rank !== "deny" && is === true);
  const architectures = [native[architecture], ...(is32Bit ? [compat[architecture]] : [])];
  const refusing = isEnforced(compiled.modes.syscall)
    ? { action: "SCMP_ACT_ERRNO", errnoRet: EPERM }
    : { action: "SCMP_ACT_LOG" };
  if (unlisted !== "deny") {
    const rules = denied.length === 0 ? [] : [{ names: denied, ...refusing }];
    const profile = { defaultAction: "SCMP_ACT_ALLOW", architectures, syscalls: rules };
    const remarks = unlisted === "audit" ? ["calls that nobody names pass without a word"] : [];
    return { documents: [profile], remarks: [...remarks, ...remarksOn(source, entries)] };
  }
  const added = ofRuntime.filter((name) => !granted.includes(name) && !denied.includes(name));
  const allowed = [...granted, ...added].toSorted();
  const { action: defaultAction, ...errno } = refusing;
  const profile = {
    defaultAction,
    ...("errnoRet" in errno && { defaultErrnoRet: errno.errnoRet }),
    architectures,
    syscalls: [
      { names: allowed, action: "SCMP_ACT_ALLOW" },
      // The C library takes EPERM for an answer, and only ENOSYS for "ask in the old way".
      ...(isEnforced(compiled.modes.syscall) && !allowed.includes("clone3")
        ? [{ names: ["clone3"], action: "SCMP_ACT_ERRNO", errnoRet: ENOSYS }]
        : []),
    ],
  };
  const needed = ofRuntime.filter((name) => denied.includes(name));
  return {
    documents: [profile],
    remarks: [
      ...(added.length === 0
        ? []
        : [`allows what the runtime itself calls before the program runs: ${added.join(", ")}`]),
      ...(needed.length === 0
        ? []
        : [`the runtime may not start it: it calls what is denied: ${needed.join(", ")}`]),
      ...remarksOn(source, entries),
    ],
  };
}

function namesOf(entries: readonly { readonly name: string }[]): string[] {
  return [...new Set(entries.map(({ name }) => name))].toSorted();
}

function remarksOn(source: Source, entries: Source["compiled"]["tables"]["syscall"]["entries"]) {
  return [...lostInTime(entries), ...unsaid(source, ["syscall"], "seccomp")];
}
