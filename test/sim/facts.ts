/** Events as the kernel's face would tell them, for tests of learning. */
import type { Detail, EventFlag, KernelEvent } from "@pahlevan/core/behaviour/event.ts";
import type { Fact } from "@pahlevan/core/profile/fact.ts";
import { tellings, type InstanceKey } from "@pahlevan/core/profile/instance.ts";

export function eventOf(detail: Detail, exe = "/usr/bin/app", ...flags: EventFlag[]): KernelEvent {
  const comm = exe.slice(exe.lastIndexOf("/") + 1);
  const process = { pid: 7, tid: 7, startNs: 1n, comm, uid: 0, gid: 0, exe: { value: exe } };
  return { timeNs: 0n, cgroupId: 1n, instance: 2, generation: 1, process, flags, detail };
}

export function opened(path: string, access = "read"): KernelEvent {
  return eventOf({ kind: "open", path: { value: path }, access: [access] });
}

export function executed(path: string, ...flags: EventFlag[]): KernelEvent {
  const detail = { kind: "exec", path: { value: path }, inode: 12n, device: 3 } as const;
  return eventOf(detail, path, ...flags);
}

export function connected(address: string, port: number, exe?: string): KernelEvent {
  const family = address.includes(":") ? "ipv6" : "ipv4";
  const remote = { address, port };
  return eventOf({ kind: "connect", protocol: "tcp", family, remote }, exe);
}

export function listened(port: number): KernelEvent {
  const local = { address: "0.0.0.0", port };
  return eventOf({ kind: "listen", protocol: "tcp", family: "ipv4", local });
}

export function seenBy(instance: InstanceKey, atMs: number, event: KernelEvent): Fact {
  return { fact: "seen", instance, atMs, event };
}

export function began(instance: InstanceKey, template = "t1", fromStart = true): Fact {
  return { fact: "began", instance, image: "app:1", template, fromStart, tells: tellings };
}

export function watched(instance: InstanceKey, atMs: number, lost = 0): Fact {
  return { fact: "watched", instance, atMs, lost };
}
