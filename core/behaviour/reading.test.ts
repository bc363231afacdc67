import { describe, expect, it } from "vitest";
import { behaviourText } from "./behaviour-text.ts";
import type { Detail, EventFlag, KernelEvent } from "./event.ts";
import { readingOf } from "./reading.ts";

function event(detail: Detail, ...flags: EventFlag[]): KernelEvent {
  const process = { pid: 7, tid: 9, startNs: 1n, comm: "x", uid: 0, gid: 0 };
  return { timeNs: 0n, cgroupId: 1n, instance: 2, generation: 1, process, flags, detail };
}

function texts(detail: Detail, ...flags: EventFlag[]): string[] {
  return readingOf(event(detail, ...flags)).behaviours.map(behaviourText);
}

const path = (value: string) => ({ value });

describe("the behaviours of a fact", () => {
  it("are as many as an open asks for", () => {
    const access = ["read", "write", "created"];
    expect(texts({ kind: "open", path: path("/d/a"), access })).toEqual([
      "file write /d/a",
      "file create /d/a",
      "file read /d/a",
    ]);
  });

  it("hold the making of a file that was there, if it was asked for", () => {
    const access = ["write", "may_create"];
    expect(texts({ kind: "open", path: path("/log"), access })).toEqual([
      "file write /log",
      "file create /log",
    ]);
  });

  it("are two for a rename: what goes and what comes", () => {
    const detail = { kind: "rename", path: path("/d/a.tmp"), target: path("/d/a") } as const;
    expect(texts(detail)).toEqual(["file rename_from /d/a.tmp", "file rename_to /d/a"]);
  });

  it("name a process' own directory as itself, and no other's", () => {
    const open = (value: string) => texts({ kind: "open", path: path(value), access: ["read"] });
    expect(open("/proc/7/maps")).toEqual(["file read /proc/self/maps"]);
    expect(open("/proc/7/task/9/comm")).toEqual(["file read /proc/thread-self/comm"]);
    expect(open("/proc/7/task/8/comm")).toEqual(["file read /proc/self/task/8/comm"]);
    expect(open("/proc/70/maps")).toEqual(["file read /proc/70/maps"]);
  });

  it("know who comes in only by how far away it is", () => {
    const local = { address: "10.0.0.5", port: 80 };
    const remote = { address: "203.0.113.9", port: 40_000 };
    const accept = { kind: "accept", protocol: "tcp", family: "ipv4", local, remote } as const;
    expect(texts(accept)).toEqual(["network accept tcp/public:80/in"]);
  });

  it("take one name in any spelling of DNS", () => {
    const server = { address: "10.0.0.53", port: 53 };
    const dns = { kind: "dns", name: path("ExamPLE.org"), questionType: "A", server } as const;
    expect(texts(dns)).toEqual(["network dns example.org/A"]);
  });

  it("leave out a capability that was asked for and refused", () => {
    const asked = { kind: "capability", number: 21, name: "CAP_SYS_ADMIN" } as const;
    expect(texts({ ...asked, granted: false })).toEqual([]);
    expect(texts({ ...asked, granted: true })).toEqual(["capability CAP_SYS_ADMIN"]);
  });
});

describe("a fact whose object is not known in full", () => {
  const open = (value: string, ...flags: EventFlag[]) =>
    readingOf(event({ kind: "open", path: path(value), access: ["read"] }, ...flags));

  it("shows no behaviour, and says why", () => {
    expect(open("/very/long", "cut")).toEqual({ behaviours: [], unclear: "cut" });
    expect(open("/a", "unresolved").unclear).toBe("unresolved");
    expect(open("/memfd:x", "detached", "deleted").unclear).toBe("detached");
  });

  it.each(["relative/x", "/a/../etc/passwd", "/a//b", "/a/./b", ""])("is %j too", (value) => {
    expect(open(value)).toEqual({ behaviours: [], unclear: "no_path" });
  });

  it("is known all the same where it was only passed, but for a step back", () => {
    const made = (value: string) =>
      texts({ kind: "create", path: path(value), access: [], operation: "mkdir" }, "user_text");
    expect(made("//srv/./data/")).toEqual(["file mkdir /srv/data"]);
    expect(made("/.")).toEqual(["file mkdir /"]);
    expect(made("/srv/../etc")).toEqual([]);
    expect(made("relative//x")).toEqual([]);
    const mount = { kind: "mount", operation: "umount", path: path("/srv/") } as const;
    expect(texts(mount, "user_text")).toEqual(["mount umount /srv"]);
  });

  it("is none whose names only begin with dots", () => {
    expect(open("/a/..b/.c").unclear).toBeUndefined();
  });

  it("is told for a program without a name all the same, for someone to judge", () => {
    const exec = { kind: "exec", path: path("/memfd:x"), inode: 1n, device: 1 } as const;
    expect(texts(exec, "detached", "deleted")).toEqual(["exec /memfd:x"]);
  });
});
