/** What reaches into the kernel, into other processes or out of the container. */
import { calling, type KnownBad } from "./rule.ts";

export const badForKernel: readonly KnownBad[] = [
  {
    name: "ptrace",
    technique: "T1055.008",
    reason: "who traces a process reads and writes all of it; a service has no debugger",
    facet: "ptrace",
    // Reading /proc of another asks the same hook (ptrace_read); process lists do it all the time.
    matches: (behaviour) => behaviour.facet === "ptrace" && behaviour.operation !== "ptrace_read",
  },
  {
    name: "bpf-program",
    technique: "T1014",
    reason: "a program in the kernel sees and changes what all others do",
    facet: "bpf",
    matches: (behaviour) => behaviour.facet === "bpf" && behaviour.command === "BPF_PROG_LOAD",
  },
  {
    name: "kernel-module",
    technique: "T1547.006",
    reason: "a module is the kernel, with all its power",
    facet: "module",
    matches: () => true,
  },
  {
    name: "mount",
    technique: "T1611",
    reason: "a mount shows files that the container was not given, or hides those it was",
    facet: "mount",
    matches: () => true,
  },
  {
    name: "became-root",
    technique: "T1548.001",
    reason: "a process that was not root has become it",
    byActor: true,
    facet: "credential",
    matches: (behaviour, event) =>
      behaviour.facet === "credential" &&
      behaviour.uid === 0 &&
      event?.detail.kind === "credential" &&
      (event.detail.from?.uid ?? 0) !== 0,
  },
  {
    name: "kernel-capability",
    technique: "T1068",
    reason: "with it a process can change the kernel or what guards it",
    facet: "capability",
    matches: (behaviour) =>
      behaviour.facet === "capability" &&
      ["CAP_SYS_MODULE", "CAP_SYS_RAWIO", "CAP_BPF", "CAP_MAC_ADMIN", "CAP_MAC_OVERRIDE"].includes(
        behaviour.name,
      ),
  },
  {
    name: "kernel-replaced",
    technique: "T1547.006",
    reason: "these load code into the kernel, or another kernel",
    ...calling(["init_module", "finit_module", "delete_module", "kexec_load", "kexec_file_load"]),
  },
  {
    name: "namespaces-entered",
    technique: "T1611",
    reason: "these change what a process can see and reach: mounts, namespaces, files by handle",
    ...calling([
      "setns",
      "unshare",
      "mount",
      "umount2",
      "pivot_root",
      "move_mount",
      "open_tree",
      "fsopen",
      "fsmount",
      "open_by_handle_at",
    ]),
  },
  {
    name: "user-namespace",
    technique: "T1611",
    reason: "in a user namespace of its own anybody has every capability, and reaches more kernel",
    facet: "namespace",
    matches: () => true,
  },
  {
    name: "hands-in-others",
    technique: "T1055",
    reason: "these read or write other processes, or the hardware below them",
    ...calling(["ptrace", "process_vm_readv", "process_vm_writev", "iopl", "ioperm"]),
  },
];
