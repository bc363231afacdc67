/** Real containers under an exported profile: what is allowed works, what is denied fails. */
import { describe, expect, it } from "vitest";
import { exportPolicy } from "@pahlevan/core/policy/export/export.ts";
import { missing } from "../containers/command.ts";
import { OciContainer } from "../containers/oci-container.ts";
import { closed, documentOf, sourceOf, sources } from "./policies.ts";

const architecture = process.arch === "arm64" ? "aarch64" : "x86_64";
const reason = await missing("runc", "crun", "busybox");

/** What busybox' shell calls to start programs and to read files, and nothing that changes any. */
const ofShell = [
  ...[
    "access",
    "arch_prctl",
    "clock_nanosleep",
    "clone",
    "dup",
    "dup2",
    "dup3",
    "exit",
    "faccessat",
    "fork",
  ],
  ...["getegid", "geteuid", "getgid", "getpgrp", "getpid", "getppid", "getrandom", "getuid"],
  ...["ioctl", "lseek", "lstat", "mremap", "open", "pipe", "pipe2", "poll", "ppoll", "prlimit64"],
  ...["readlink", "readv", "rseq", "sendfile", "set_robust_list", "set_tid_address", "setpgid"],
  ...["stat", "sysinfo", "time", "uname", "vfork", "wait4", "writev", "kill", "pause", "pread64"],
];

function profileOf(syscalls: object, enforcement: object = closed): object {
  const source = sourceOf(
    documentOf("shell", { selector: {}, enforcement: { ...enforcement, syscalls } }),
    ofShell.map((name) => ({ need: { facet: "syscall", name } })),
  );
  const [profile] = source ? exportPolicy("seccomp", source, architecture).documents : [];
  if (typeof profile !== "object") throw new Error("no profile");
  return profile;
}

const mkdir = { deniedSyscalls: ["mkdir", "mkdirat"] };

describe.skipIf(reason !== undefined)(
  `seccomp${reason === undefined ? "" : ` (${reason})`}`,
  () => {
    for (const runtime of ["runc", "crun"] as const) {
      for (const noNewPrivileges of [false, true]) {
        const how = `${runtime}${noNewPrivileges ? " with no_new_privs" : ""}`;

        it(`${how}: a container has the calls of its policy, and no others`, async () => {
          const seccomp = profileOf({ allowedSyscalls: [] });
          await using box = await OciContainer.run({ runtime, noNewPrivileges, seccomp });
          expect(await box.exec("cat", "/etc/passwd")).toMatchObject({
            code: 0,
            stdout: expect.stringContaining("nobody") as unknown,
          });
          expect(await box.exec("sh", "-c", "cat /etc/group | grep root")).toMatchObject({
            code: 0,
          });
          expect(await box.exec("mkdir", "/tmp/new")).toMatchObject({
            code: 1,
            stderr: expect.stringContaining("Operation not permitted") as unknown,
          });
        });
      }
    }

    it("a denied call fails where all others are allowed", async () => {
      const seccomp = profileOf(mkdir, { mode: "enforce" });
      await using box = await OciContainer.run({ seccomp });
      expect(await box.exec("touch", "/tmp/file")).toMatchObject({ code: 0 });
      expect(await box.exec("mkdir", "/tmp/new")).toMatchObject({
        code: 1,
        stderr: expect.stringContaining("Operation not permitted") as unknown,
      });
    });

    it("nothing fails where the policy only watches", async () => {
      const seccomp = profileOf(mkdir, { mode: "monitor", blockUnknown: true });
      await using box = await OciContainer.run({ seccomp });
      expect(await box.exec("mkdir", "/tmp/new")).toMatchObject({ code: 0 });
    });

    it.each([...sources])("runc and crun take the profile of %s", async (_, source) => {
      const [seccomp] = exportPolicy("seccomp", source, architecture).documents;
      if (typeof seccomp !== "object") throw new Error("no profile");
      for (const runtime of ["runc", "crun"] as const) {
        // Created, its filter is built; what it allows is not for busybox.
        await using box = await OciContainer.create({ runtime, seccomp });
        expect(box.pid).toBeGreaterThan(0);
      }
    });
  },
);
