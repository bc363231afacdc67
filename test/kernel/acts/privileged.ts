/** Acts that few workloads have a reason for: other processes' memory, bpf(), modules, io_uring. */
import { by, fact, type Act } from "./act.ts";

const io = (operation: string, number: number) => fact("io_uring", { operation, number });
/** PTRACE_MODE_ATTACH_REALCREDS */
const looked = (operation: string, path = "/bin/act") => ({ operation, path, mode: 0x12 });

export const privilegedActs: readonly Act[] = [
  {
    title: "a first system call is told by name and number",
    fact: "syscall",
    steps: ["syscall", "148"],
    about: ["syscall"],
    expect: () => [fact("syscall", { number: 148, name: "sched_rr_get_interval", compat: false })],
  },
  {
    title: "a system call by the 32-bit way is told as one, with its 32-bit name",
    fact: "syscall",
    steps: ["syscall32", "20"],
    about: ["syscall"],
    expect: () => [
      fact("syscall", {
        number: 20,
        name: "getpid (32-bit, unless x32)",
        compat: true,
        flags: ["compat"],
      }),
    ],
  },
  {
    title: "a capability that is used for the first time is told",
    fact: "capability",
    steps: ["nice", "-3"],
    about: ["capability"],
    expect: () => [
      fact("capability", {
        number: 23,
        name: "CAP_SYS_NICE",
        granted: true,
        flags: ["granted"],
      }),
    ],
  },
  {
    title: "attaching to a process as its debugger is told with the target",
    fact: "ptrace",
    steps: ["attach", "/bin/sleep"],
    expect: () => [
      fact("ptrace", { ...looked("ptrace_attach", "/bin/busybox"), target: "child 1" }),
    ],
  },
  {
    title: "asking to be debugged by the parent is told with the parent",
    fact: "ptrace",
    steps: ["traceme"],
    expect: () => [
      fact("ptrace", {
        operation: "ptrace_traceme",
        target: "act",
        path: "/bin/act",
        mode: 0,
        by: by("child 1"),
      }),
    ],
  },
  {
    title: "reading another process' memory is told with the target",
    fact: "ptrace",
    steps: ["read-memory"],
    // For a hook it is the same question as attaching.
    expect: (tiers) => [
      fact("ptrace", {
        ...looked(tiers["ptrace"] === "sys_exit" ? "ptrace_read" : "ptrace_attach"),
        target: "child 1",
      }),
    ],
  },
  {
    title: "a bpf() call is told with its command",
    fact: "bpf",
    steps: ["bpf-map"],
    expect: () => [fact("bpf", { command: "BPF_MAP_CREATE", number: 0 })],
  },
  {
    title: "a user namespace is told, whichever call makes it",
    fact: "user namespace",
    steps: ["user-namespace"],
    expect: () => [fact("namespace", { operation: "userns_create" })],
  },
  {
    title: "a file opened through io_uring is told, as is the operation",
    fact: "io_uring",
    files: { "/data/by-ring": "x" },
    steps: ["ring-open", "/data/by-ring"],
    expect: (tiers) => [
      io("IORING_OP_OPENAT", 18),
      // Without a system call there is no end of one.
      ...(tiers["open"] === "sys_exit"
        ? []
        : [fact("open", { path: "/data/by-ring", access: ["read"] })]),
    ],
  },
  {
    title: "a connection through io_uring is told, as is the operation",
    fact: "io_uring",
    steps: ["ring-connect", "127.0.0.1", "4100"],
    expect: () => [
      io("IORING_OP_CONNECT", 16),
      fact("connect", {
        family: "ipv4",
        protocol: "udp",
        remote: { address: "127.0.0.1", port: 4100 },
      }),
    ],
  },
  {
    title: "a capability that io_uring uses with the credentials of before is told",
    fact: "capability",
    newer: true, // IORING_OP_SOCKET is of 5.19
    steps: ["ring-raw-socket"],
    about: ["capability"],
    besides: ["credential", "io_uring"],
    expect: () => [
      fact("capability", {
        number: 13,
        name: "CAP_NET_RAW",
        granted: true,
        flags: ["granted"],
      }),
    ],
  },
];
