/**
 * Where each fact can be seen, the best place first. The kernel is asked for each hook in turn
 * (plan.ts); its version is never looked at.
 *
 * - `lsm`: the kernel has resolved the object, and what it refuses by itself is not told
 * - `fentry`: the same functions one step earlier, so also attempts that are then refused; where
 *   the function asks for permission, as fmod_ret, which may refuse it as the LSM hook may
 * - `tracepoint`: made for this fact
 * - `cgroup`: IP sockets of the cgroups below the root
 * - `sys_exit`: stands in on the end of system calls; paths are what the caller passed
 * - `function`: the functions that carry out system calls
 * - `iterator`: what is there already
 */
import { facets, type Kind } from "@pahlevan/core/behaviour/event.ts";
import type { HookKind } from "@pahlevan/native";
import { someCallFunction } from "./call-functions.ts";

export type Tier =
  | "lsm"
  | "fentry"
  | "tracepoint"
  | "cgroup"
  | "sys_exit"
  | "function"
  | "iterator";

export interface Hook {
  readonly program: string;
  readonly kind: HookKind;
  readonly target: string;
  /** A tracepoint whose arguments changed: the type that the one at `index` must have. */
  readonly argument?: { readonly index: number; readonly type: string };
  /** For this fact it asks the socket whose it is, as those in `bySocket` do for all of theirs. */
  readonly asksSocket?: true;
}

export interface Candidate {
  readonly tier: Tier;
  /** All of them, or the candidate is none. */
  readonly hooks: readonly Hook[];
  /**
   * Only where that fact, which comes before, is at this tier too: of one kind it tells all or
   * none.
   */
  readonly onlyWith?: string;
}

export interface Fact {
  /** As `debug system-capabilities` and `docs/kernels.md` name it. */
  readonly name: string;
  readonly kinds: readonly Kind[];
  readonly candidates: readonly Candidate[];
}

/**
 * Pairs of a program and the LSM hook that it was compiled for; the function is `security_<hook>`.
 */
type LsmPrograms = Readonly<Record<string, string>>;

function lsm(programs: LsmPrograms): Candidate {
  const hooks = Object.entries(programs).map(([program, target]): Hook => ({
    program,
    kind: "lsm",
    target,
  }));
  return { tier: "lsm", hooks };
}

function fentry(
  programs: LsmPrograms,
  kind: "fmod_ret" | "fentry" | "fexit" = "fmod_ret",
): Candidate {
  const hooks = Object.entries(programs).map(([program, hook]): Hook => ({
    program,
    kind,
    target: `security_${hook}`,
  }));
  return { tier: "fentry", hooks };
}

function tracepoint(program: string, target: string, argument?: Hook["argument"]): Candidate {
  const hook: Hook = { program, kind: "tp_btf", target, ...(argument && { argument }) };
  return { tier: "tracepoint", hooks: [hook] };
}

function cgroup(programs: Readonly<Record<string, string>>): Candidate {
  const hooks = Object.entries(programs).map(([program, target]): Hook => ({
    program,
    kind: "cgroup",
    target,
  }));
  return { tier: "cgroup", hooks };
}

/** The program that stands in on the end of system calls. */
const standIn: Candidate = {
  tier: "sys_exit",
  hooks: [{ program: "on_sys_exit", kind: "tp_btf", target: "sys_exit" }],
};

/** Each change of a TCP socket's state: one program tells all that is told of them. */
function socketState(more: Pick<Hook, "asksSocket"> = {}): Candidate {
  const hook: Hook = { program: "on_socket_state", kind: "tp_btf", target: "inet_sock_set_state" };
  return { tier: "tracepoint", hooks: [{ ...hook, ...more }] };
}

/**
 * Programs that may stand in for several facts; which kinds they are to tell is set before load.
 */
export const standIns: readonly string[] = ["on_sys_exit", "on_socket_state"];

function securityHooks(name: string, kind: Kind, programs: LsmPrograms): Fact {
  return { name, kinds: [kind], candidates: [lsm(programs), fentry(programs), standIn] };
}

const credentials = {
  on_setuid: "task_fix_setuid",
  on_setgid: "task_fix_setgid",
  on_capset: "capset",
};

const mappings = { on_map: "mmap_file", on_protect: "file_mprotect" };

const beforeExec = [
  lsm({ on_exec_check: "bprm_check_security" }),
  fentry({ on_exec_check: "bprm_check" }),
];

function refusing(name: string, programs: LsmPrograms): Fact {
  return { name, kinds: [], candidates: [lsm(programs), fentry(programs)] };
}

/** Names maps that other processes got hold of before the guard was in force. */
export const takenProgram = "find_taken";

/**
 * On the cgroup of who is quarantined, for as long as it is: what goes beyond its loopback is
 * dropped, whenever the connection was made.
 */
export const cutPrograms: readonly string[] = ["cut_egress", "cut_ingress"];
export const standingConnections = "connections that stand, in quarantine";

/** Attached to the functions of what policies deny, while nobody needs to see every call. */
export const deniedCallsProgram = "on_call_denied";

/** Whether the guard protects itself. */
export const ownObjects = "protection of the guard's own objects";
export const ownPins = "protection of the guard's own pins";

/**
 * What no fact needs, and enforcing does. The first tells how a denied exec is answered: a program
 * is judged before it runs, and told of after.
 */
export const guards: readonly Fact[] = [
  { name: "exec (before it runs)", kinds: [], candidates: beforeExec },
  refusing("module (before it is loaded)", {
    on_module_file: "kernel_read_file",
    on_module_data: "kernel_load_data",
  }),
  refusing("connect (unix, by the peer's path)", { on_unix_peer: "unix_stream_connect" }),
  refusing("accept (before he is in)", { on_request: "inet_conn_request" }),
  refusing(ownObjects, {
    on_own_map: "bpf_map",
    on_own_program: "bpf_prog",
    on_own_link: "bpf",
  }),
  {
    name: "who else has the guard's maps",
    kinds: [],
    candidates: [
      { tier: "iterator", hooks: [{ program: takenProgram, kind: "iter", target: "bpf_map" }] },
    ],
  },
  refusing(ownPins, { on_pin_opened: "capable" }),
  {
    name: standingConnections,
    kinds: [],
    candidates: [cgroup({ cut_egress: "skb/egress", cut_ingress: "skb/ingress" })],
  },
  {
    name: "mount namespaces",
    kinds: [],
    candidates: [
      {
        tier: "fentry",
        hooks: [{ program: "on_mount_namespace", kind: "fentry", target: "copy_mnt_ns" }],
      },
    ],
  },
  {
    name: "denied system calls alone",
    kinds: [],
    candidates: [
      {
        tier: "function",
        hooks: [{ program: deniedCallsProgram, kind: "kprobe_multi", target: someCallFunction() }],
      },
    ],
  },
];

/**
 * These see instances begin. Attached last: what begins before them counts as there already, for of
 * what begins after them everything is seen.
 */
export const witnesses: readonly string[] = ["on_fork", "on_cgroup_attach"];

/**
 * These run on anybody's time and ask the socket whose it is, which on cgroup v1 it does not know.
 */
export const bySocket: readonly string[] = [
  ...["on_accepted", "on_request", "on_tcp_end"],
  ...cutPrograms,
];

/**
 * Not for kernels without bpf_loop (before 5.17), which judge neither programs nor paths nor peers:
 * some are not in their build, the others would only make the start longer.
 */
export const byLoop: readonly string[] = [
  "on_exec_check",
  "on_map",
  "on_pin_opened",
  "on_protect",
  "on_request",
];

/**
 * By what the others tell, the kernel also knows who lives, whose set-up is over and that the agent
 * has ended: without the ends of instances their slots would never be another's, and who begins
 * when all are gone would not be told apart.
 */
export const facetsThatMayBeOff = facets.filter(
  (facet) => facet !== "exec" && facet !== "process" && facet !== "instance",
);
export type FacetThatMayBeOff = (typeof facetsThatMayBeOff)[number];

/** Sees every system call: attached only while somebody needs it. */
export const syscallProgram = "on_sys_enter";

export const facts: readonly Fact[] = [
  {
    name: "instances",
    kinds: ["instance_start", "instance_end"],
    candidates: [
      {
        tier: "tracepoint",
        hooks: [
          { program: "on_cgroup_mkdir", kind: "tp_btf", target: "cgroup_mkdir" },
          { program: "on_cgroup_attach", kind: "tp_btf", target: "cgroup_attach_task" },
          { program: "on_cgroup_rmdir", kind: "tp_btf", target: "cgroup_rmdir" },
        ],
      },
    ],
  },
  { name: "fork", kinds: ["fork"], candidates: [tracepoint("on_fork", "sched_process_fork")] },
  { name: "exec", kinds: ["exec"], candidates: [tracepoint("on_exec", "sched_process_exec")] },
  // By the script's own path where the kernel has it at hand, else by its name as it was passed.
  {
    name: "exec (script)",
    kinds: ["exec"],
    candidates: [...beforeExec, tracepoint("on_exec", "sched_process_exec")],
  },
  { name: "exit", kinds: ["exit"], candidates: [tracepoint("on_exit", "sched_process_exit")] },
  {
    name: "running processes",
    kinds: ["exec"],
    candidates: [
      { tier: "iterator", hooks: [{ program: "adopt_tasks", kind: "iter", target: "task" }] },
    ],
  },
  // At the function's start the capabilities that the change takes away are still there.
  {
    name: "credentials",
    kinds: ["credential"],
    candidates: [lsm(credentials), fentry(credentials, "fexit"), standIn],
  },

  securityHooks("open", "open", { on_file_open: "file_open" }),
  {
    name: "mapped code",
    kinds: ["open"],
    candidates: [lsm(mappings), fentry(mappings)],
  },
  securityHooks("create", "create", { on_mkdir: "path_mkdir", on_mknod: "path_mknod" }),
  securityHooks("unlink", "unlink", { on_unlink: "path_unlink", on_rmdir: "path_rmdir" }),
  securityHooks("rename", "rename", { on_rename: "path_rename" }),
  securityHooks("link", "link", { on_link: "path_link", on_symlink: "path_symlink" }),
  securityHooks("chmod", "chmod", { on_chmod: "path_chmod", on_truncate: "path_truncate" }),
  {
    name: "chown",
    kinds: ["chmod"],
    // Its ids are structs, passed by value: before 6.1 (arm64: 6.5) no program can be for this
    // hook.
    candidates: [
      lsm({ on_chown: "path_chown" }),
      fentry({ on_chown: "path_chown" }),
      { ...standIn, onlyWith: "chmod" },
    ],
  },
  securityHooks("mount", "mount", {
    on_mount: "sb_mount",
    on_umount: "sb_umount",
    on_move_mount: "move_mount",
    on_pivot_root: "sb_pivotroot",
  }),

  {
    name: "connect",
    kinds: ["connect"],
    candidates: [
      lsm({ on_connect: "socket_connect" }),
      fentry({ on_connect: "socket_connect" }),
      cgroup({ on_connect4: "connect4", on_connect6: "connect6" }),
    ],
  },
  securityHooks("connect (unix)", "connect", { on_connect: "socket_connect" }),
  {
    name: "bind",
    kinds: ["bind"],
    candidates: [
      lsm({ on_bind: "socket_bind" }),
      fentry({ on_bind: "socket_bind" }),
      cgroup({ on_bind4: "bind4", on_bind6: "bind6" }),
    ],
  },
  securityHooks("bind (unix)", "bind", { on_bind: "socket_bind" }),
  {
    name: "listen",
    kinds: ["listen"],
    candidates: [
      lsm({ on_listen: "socket_listen" }),
      fentry({ on_listen: "socket_listen" }),
      socketState(),
    ],
  },
  {
    name: "accept",
    kinds: ["accept"],
    candidates: [
      lsm({ on_accepted: "inet_csk_clone" }),
      fentry({ on_accepted: "inet_csk_clone" }, "fentry"),
      socketState({ asksSocket: true }),
      {
        tier: "fentry",
        hooks: [{ program: "on_accept_answer", kind: "fexit", target: "inet_csk_accept" }],
      },
    ],
  },
  { name: "flow", kinds: ["flow"], candidates: [tracepoint("on_tcp_end", "tcp_destroy_sock")] },
  {
    name: "UDP send",
    kinds: ["send"],
    candidates: [cgroup({ on_send4: "sendmsg4", on_send6: "sendmsg6" })],
  },
  {
    name: "DNS",
    kinds: ["dns"],
    candidates: [
      {
        tier: "fentry",
        hooks: [
          { program: "on_ip_send", kind: "fentry", target: "ip_send_skb" },
          { program: "on_ip6_send", kind: "fentry", target: "ip6_send_skb" },
        ],
      },
      cgroup({ on_egress: "skb/egress" }),
    ],
  },

  {
    name: "capability",
    kinds: ["capability"],
    candidates: [
      lsm({ on_capable: "capable" }),
      {
        tier: "fentry",
        hooks: [{ program: "on_capable_answer", kind: "fexit", target: "security_capable" }],
      },
      // Last: it also tells of questions that nobody asked aloud (CAP_OPT_NOAUDIT).
      tracepoint("on_cap_capable", "cap_capable"),
    ],
  },
  securityHooks("ptrace", "ptrace", {
    on_ptrace: "ptrace_access_check",
    on_traceme: "ptrace_traceme",
  }),
  securityHooks("bpf", "bpf", { on_bpf: "bpf" }),
  {
    name: "user namespace",
    kinds: ["namespace"],
    candidates: [
      lsm({ on_user_namespace: "userns_create" }),
      fentry({ on_user_namespace: "create_user_ns" }),
      {
        tier: "fentry",
        hooks: [{ program: "on_user_namespace_made", kind: "fexit", target: "create_user_ns" }],
      },
      standIn,
    ],
  },
  {
    name: "module load",
    kinds: ["module"],
    candidates: [tracepoint("on_module", "module_load"), standIn],
  },
  {
    name: "io_uring",
    kinds: ["io_uring"],
    candidates: [
      tracepoint("on_ring_request", "io_uring_submit_req"), // since 6.4
      tracepoint("on_ring_entry", "io_uring_submit_sqe", { index: 0, type: "io_kiocb *" }),
      tracepoint("on_ring_opcode_1", "io_uring_submit_sqe", { index: 1, type: "u8" }),
      tracepoint("on_ring_opcode_2", "io_uring_submit_sqe", { index: 2, type: "u8" }),
      tracepoint("on_ring_opcode_3", "io_uring_submit_sqe", { index: 3, type: "u8" }),
    ],
  },
  // Last, as programs are attached in this order: what loading itself calls is not worth counting.
  { name: "syscall", kinds: ["syscall"], candidates: [tracepoint(syscallProgram, "sys_enter")] },
];
