import { describe, expect, it } from "vitest";
import { connected, eventOf, executed, opened } from "../../test/sim/facts.ts";
import type { KernelEvent } from "../behaviour/event.ts";
import { readingOf } from "../behaviour/reading.ts";
import { knownBad, rulesHolding } from "./known-bad.ts";

function heldBy(event: KernelEvent): string[] {
  const { behaviours } = readingOf(event);
  return behaviours.flatMap((each) => rulesHolding(each, event).map(({ name }) => name));
}

const unix = (path: string) =>
  eventOf({ kind: "connect", protocol: "unix", family: "unix", path: { value: path } });
const busybox = (comm: string) => {
  const event = connected("203.0.113.5", 80, "/bin/busybox");
  return event.process ? { ...event, process: { ...event.process, comm } } : event;
};
const syscall = (name: string) => eventOf({ kind: "syscall", number: 1, name, compat: false });
const ids = { uid: 0, gid: 0 };

/** One for each rule, and beside it what looks alike and is fine. */
const bad: readonly (readonly [string, KernelEvent])[] = [
  ["password-hashes", opened("/etc/shadow")],
  ["password-hashes", opened("/host/etc/shadow")],
  ["accounts", opened("/etc/sudoers.d/x", "write")],
  ["accounts", opened("/proc/1/root/etc/passwd", "write")],
  ["programs-changed", opened("/usr/local/bin/app", "write")],
  ["programs-changed", opened("/usr/lib/x86_64-linux-gnu/libc.so.6", "write")],
  ["loader-hijack", opened("/etc/ld.so.preload", "created")],
  ["scheduled", opened("/etc/cron.d/job", "write")],
  ["service-unit", opened("/etc/systemd/system/x.service", "write")],
  ["login-script", opened("/home/ann/.bashrc", "write")],
  ["login-keys", opened("/root/.ssh/authorized_keys", "write")],
  ["private-keys", opened("/home/ann/.ssh/id_ed25519")],
  ["kernel-handles", opened("/proc/sys/kernel/core_pattern", "write")],
  ["memory-of-others", opened("/proc/1/environ")],
  ["raw-disk", opened("/dev/nvme0n1p1")],
  [
    "traces-removed",
    eventOf({ kind: "unlink", path: { value: "/root/.bash_history" }, access: [] }),
  ],
  ["mapped-from-tmp", opened("/dev/shm/evil.so", "exec")],
  ["dropped-program", executed("/tmp/xmr")],
  ["program-without-file", executed("/memfd:x", "deleted", "detached")],
  ["program-without-file", executed("/usr/bin/gone", "deleted")],
  ["intruders-tool", executed("/usr/bin/ncat")],
  ["held-program", connected("203.0.113.5", 443, "/tmp/xmr")],
  ["held-program", eventOf(opened("/srv/data").detail, "/dev/shm/x")],
  ["leaving-the-container", executed("/usr/bin/nsenter")],
  ["runtime-socket", unix("/run/docker.sock")],
  ["cloud-metadata", connected("169.254.169.254", 80)],
  ["miner-port", connected("203.0.113.5", 3333)],
  ["shell-on-network", connected("203.0.113.5", 443, "/usr/bin/bash")],
  ["shell-on-network", busybox("sh")],
  [
    "raw-socket",
    eventOf({
      kind: "send",
      protocol: "raw",
      family: "ipv4",
      remote: { address: "10.0.0.1", port: 0 },
    }),
  ],
  [
    "ptrace",
    eventOf({
      kind: "ptrace",
      operation: "ptrace_attach",
      target: { pid: 1, startNs: 1n },
      mode: 2,
    }),
  ],
  ["bpf-program", eventOf({ kind: "bpf", command: "BPF_PROG_LOAD", number: 5 })],
  ["kernel-module", eventOf({ kind: "module", name: { value: "rootkit" } })],
  ["mount", eventOf({ kind: "mount", operation: "mount", path: { value: "/mnt" } })],
  [
    "became-root",
    eventOf({
      kind: "credential",
      operation: "setuid",
      from: { uid: 33, gid: 33 },
      to: ids,
      capabilities: 0n,
    }),
  ],
  [
    "kernel-capability",
    eventOf({ kind: "capability", number: 16, name: "CAP_SYS_MODULE", granted: true }),
  ],
  ["kernel-replaced", syscall("finit_module")],
  ["namespaces-entered", syscall("setns")],
  ["user-namespace", eventOf({ kind: "namespace", operation: "userns_create" })],
  ["hands-in-others", syscall("process_vm_writev")],
];

const fine: readonly (readonly [string, KernelEvent])[] = [
  ["the accounts are read by everybody", opened("/etc/passwd")],
  ["services write below /var/lib", opened("/var/lib/postgresql/base/1", "write")],
  ["programs are read and mapped", opened("/usr/lib/libssl.so.3", "exec")],
  ["a process reads its own memory map", opened("/proc/self/environ")],
  ["temporary files are data", opened("/tmp/upload", "write")],
  ["a shell may start", executed("/usr/bin/dash")],
  ["a shell asks nscd for names", eventOf(unix("/run/nscd/socket").detail, "/usr/bin/bash")],
  ["a shell may reach its own host", connected("127.0.0.1", 8080, "/bin/sh")],
  ["busybox is wget too", busybox("wget")],
  [
    "a server may become its user",
    eventOf({
      kind: "credential",
      operation: "setuid",
      from: ids,
      to: { uid: 33, gid: 33 },
      capabilities: 0n,
    }),
  ],
  [
    "process lists look at others",
    eventOf({
      kind: "ptrace",
      operation: "ptrace_read",
      target: { pid: 1, startNs: 1n },
      mode: 1,
    }),
  ],
];

describe("known-bad behaviours", () => {
  it.each(bad)("%s holds its own", (rule, event) => {
    expect(heldBy(event)).toContain(rule);
  });

  it.each(fine)("are not: %s", (_, event) => {
    expect(heldBy(event)).toEqual([]);
  });

  it("have a name of their own, a reason and a technique, and each is tried here", () => {
    const names = knownBad.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names.filter((name) => !bad.some(([rule]) => rule === name))).toEqual([]);
    for (const { reason, technique } of knownBad) {
      expect(reason.length).toBeGreaterThan(20);
      expect(technique).toMatch(/^T\d{4}(?:\.\d{3})?$/);
    }
  });
});
