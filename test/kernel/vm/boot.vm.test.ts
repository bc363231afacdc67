/** What everybody who runs something in a VM relies on. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createInterface } from "node:readline";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newest } from "./kernels.ts";
import { runInVm, vmUnavailable, type VmResult } from "./vm.ts";

const here = import.meta.dirname;
/** Longer than a VM may take, so that it is the VM that says what it was at. */
const BOOT_MS = 400_000;
const DOWNLOAD_MS = 900_000;
const missing = vmUnavailable();
const describeVm = describe.skipIf(missing !== undefined);
const because = missing ? ` (${missing})` : "";

describe.each([
  { kernel: "6.1", release: /^6\.1\.0-\d+-amd64$/ },
  { kernel: "7", release: /^7\.\d+\.\d+\+deb[\d.]+-amd64$/ },
] as const)(`a VM with kernel $kernel${because}`, ({ kernel, release }) => {
  if (missing) return test.skip("boots", () => {});
  let scratch: string;
  let unshared: string;
  const lines: string[] = [];
  let result: VmResult;
  const facts = (): unknown => JSON.parse(result.stdout);

  beforeAll(async () => {
    scratch = mkdtempSync(join(tmpdir(), "vm-test-"));
    unshared = mkdtempSync(join(tmpdir(), "vm-test-"));
    result = await runInVm({
      kernel,
      command: [
        ...[process.execPath, join(here, "guest/facts.ts")],
        ...[join(scratch, "output"), join(unshared, "output")],
      ],
      cwd: scratch,
      env: { WORD: "it's here" },
      shares: [scratch],
      onLine: (line, stream) => lines.push(`${stream}: ${line}`),
      say: (line) => console.log(line),
    });
  }, DOWNLOAD_MS);
  afterAll(() => {
    for (const directory of [scratch, unshared]) rmSync(directory, { recursive: true });
  });

  test("runs the kernel that was asked for", () => {
    expect(facts()).toHaveProperty("release", expect.stringMatching(release));
  });
  test("runs the caller's Node, in the directory and environment given", () => {
    expect(facts()).toMatchObject({ node: process.version, cwd: scratch, word: "it's here" });
  });
  test("carries the exit code", () => {
    expect(result.exitCode).toBe(7);
  });
  test("brings back both streams, and their lines as they come", () => {
    expect(result.stderr).toBe("on the other stream\n");
    expect(lines).toContain("stderr: on the other stream");
    expect(lines).toContain(`stdout: ${result.stdout.trimEnd()}`);
  });
  test("brings back a file that was written into a share", () => {
    expect(readFileSync(join(scratch, "output"), "utf8")).toMatch(/^from [67]\./);
  });
  test("leaves the host's other files as they were", () => {
    expect(existsSync(join(unshared, "output"))).toBe(false);
  });
  test("has the BPF LSM on", () => {
    expect(facts()).toHaveProperty("lsm", expect.stringMatching(/(^|,)bpf(,|$)/));
  });
  test("has what BPF programs need mounted", () => {
    expect(facts()).toHaveProperty(
      "mounts",
      expect.arrayContaining([
        ...["/sys/fs/cgroup", "/sys/fs/bpf", "/sys/kernel/tracing", "/sys/kernel/debug"],
        ...["/sys/kernel/security", "/dev/pts", "/dev/shm", "/run"],
      ]),
    );
  });
  test("speaks TCP with itself", () => {
    expect(facts()).toHaveProperty("heard", "hello over tcp");
  });
});

describeVm(`a VM${because}`, () => {
  const sh = (script: string, options: { timeoutMs?: number } = {}): Promise<VmResult> =>
    runInVm({ kernel: "6.1", command: ["sh", "-c", script], ...options });

  test(
    "without the LSM has none, has v1 cgroups where asked, and brings back a megabyte unharmed",
    { timeout: BOOT_MS },
    async () => {
      const facts = "cat /sys/kernel/security/lsm; echo; stat -fc %T /sys/fs/cgroup/pids";
      const { stdout } = await runInVm({
        kernel: "6.1",
        command: ["sh", "-c", `${facts}; seq 1 150000`],
        lsm: false,
        cgroup: "v1",
      });
      const [lsm, cgroup, ...numbers] = stdout.trimEnd().split("\n");
      expect(lsm).toBe("lockdown,capability,landlock,yama");
      expect(cgroup).toBe("cgroupfs");
      expect(numbers).toEqual(Array.from({ length: 150_000 }, (_, index) => String(index + 1)));
    },
  );

  test("that panics fails with the console's end", { timeout: BOOT_MS }, async () => {
    await expect(sh("echo c >/proc/sysrq-trigger")).rejects.toThrow(
      /the kernel reports trouble[^]*sysrq triggered crash/,
    );
  });

  test("whose kernel warns fails, though the command succeeds", { timeout: BOOT_MS }, async () => {
    const warn = "echo '<4>WARNING: CPU: 0 PID: 1 at kernel/bpf/verifier.c:1' >/dev/kmsg";
    await expect(sh(warn)).rejects.toThrow(/kernel reports trouble[^]*verifier\.c:1/);
  });

  test("that takes too long is ended", { timeout: BOOT_MS }, async () => {
    await expect(sh("sleep 1000", { timeoutMs: 1500 })).rejects.toThrow("no end after 1.5 s");
  });

  test("ends with the process that started it, even by SIGKILL", { timeout: BOOT_MS }, async () => {
    const script = ["--kernel", "6.1", "--", "sh", "-c", "echo up; sleep 1000"];
    const caller = spawn(process.execPath, [join(here, "cli.ts"), ...script]);
    await once(createInterface(caller.stdout), "line");
    const children = readFileSync(`/proc/${caller.pid}/task/${caller.pid}/children`, "utf8");
    const qemu = children.trim();
    const session = /vm\.session=([^\0\s]+)/.exec(
      readFileSync(`/proc/${qemu}/cmdline`, "latin1"),
    )?.[1];
    caller.kill("SIGKILL");
    await expect.poll(() => existsSync(`/proc/${qemu}`)).toBe(false);
    if (session) rmSync(session, { recursive: true });
  });
});

test("a kernel's name picks the newest plain build", () => {
  const releases = ["6.1.0-9-amd64", "6.1.0-50-amd64", "6.1.0-51-rt-amd64", "6.12.9+deb12-amd64"];
  expect(newest("6.1", releases)).toBe("6.1.0-50-amd64");
  expect(newest("6.12", [...releases, "6.12.90+deb12.1-amd64", "6.12.90+deb12-amd64"])).toBe(
    "6.12.90+deb12.1-amd64",
  );
  expect(newest("7", [...releases, "7.1.0+deb14-amd64-unsigned"])).toBeUndefined();
});
