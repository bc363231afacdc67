/** `pahlevan run`, as its user meets it. */
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { findHierarchy } from "../../agent/workload/hierarchy.ts";
import type { Loss, Summary } from "../../agent/sense/summary.ts";
import { cannotSense, Pahlevan, parsed } from "./pahlevan.ts";

const folder = mkdtempSync(join(tmpdir(), "pahlevan-run-"));
afterAll(() => rmSync(folder, { recursive: true }));

interface Told extends Summary {
  readonly signal: string | null;
  readonly loss: Loss;
}

function isTold(value: object): value is Told {
  return "programs" in value && "loss" in value;
}

async function told(command: readonly string[]): Promise<Told & { readonly exit: number | null }> {
  const file = join(folder, "summary.json");
  await using run = new Pahlevan(["run", "-o", "json", "--summary-file", file, "--", ...command]);
  const { code: exit } = await run.ended;
  const summary = parsed(readFileSync(file, "utf8"));
  if (!isTold(summary)) throw new Error(`no summary: ${JSON.stringify(summary)}`);
  return { ...summary, exit };
}

describe.skipIf(cannotSense !== undefined)(`pahlevan run (${cannotSense ?? "as root"})`, () => {
  it("tells everything the command did, from its first exec, and that nothing was lost", async () => {
    writeFileSync(join(folder, "secret"), "x");
    const { programs, files, syscalls, loss } = await told(["cat", join(folder, "secret")]);
    expect(programs).toEqual([{ path: "/usr/bin/cat", args: ["cat", join(folder, "secret")] }]);
    expect(files.find(({ directory }) => directory === folder)).toMatchObject({ read: 1 });
    expect(syscalls.find(({ name }) => name === "openat")).toBeDefined();
    expect(loss).toMatchObject({ nothing: true, lost: 0, reasons: [] });
  });

  it("does not take its own starter's system calls for the command's", async () => {
    const { syscalls } = await told(["busybox", "true"]);
    const names = syscalls.map(({ name }) => name);
    // Only a shell makes these on its way to the command.
    const shell = ["rt_sigaction", "wait4", "dup2", "fcntl", "kill", "rt_sigreturn", "clone"];
    expect(names.filter((name) => shell.includes(name))).toEqual([]);
    expect(names).toContain("exit_group");
  });

  it("follows the command's children, and waits for those it leaves behind", async () => {
    const late = join(folder, "late");
    const { programs, files } = await told([
      "sh",
      "-c",
      `(sleep 0.4; cat /etc/hostname > ${late}) &`,
    ]);
    expect(readFileSync(late, "utf8")).toBe(readFileSync("/etc/hostname", "utf8"));
    expect(programs.map(({ path }) => path)).toContain("/usr/bin/cat");
    expect(files.map(({ directory }) => directory)).toContain(folder);
  });

  it("tells where the command connected to", async () => {
    const script = "exec 3<>/dev/tcp/127.0.0.1/9";
    const { endpoints, exit } = await told(["bash", "-c", script]);
    expect(endpoints).toContain("tcp/127.0.0.1:9/out");
    expect(exit).toBe(1);
  });

  it("passes standard input, output and the exit code through", async () => {
    await using run = new Pahlevan(["run", "--name", "echo", "--", "sh", "-c", "cat; exit 7"]);
    run.process.stdin?.end("through and through");
    expect(await run.ended).toEqual({ code: 7, signal: null });
    expect(run.stdout).toBe("through and through");
    expect(run.stderr).toMatch(/what echo did: [\d.]+ s, exit code 7/);
    expect(run.stderr).toContain("nothing was lost");
  });

  it("hands signals on, and ends as the command does", async () => {
    await using run = new Pahlevan([
      "run",
      "--",
      "sh",
      "-c",
      "trap 'echo got; exit 3' USR1; echo up; while :; do sleep 0.05; done",
    ]);
    await run.says(/up/);
    run.process.kill("SIGUSR1");
    expect((await run.ended).code).toBe(3);
    expect(run.stdout).toBe("up\ngot\n");
  });

  it("shows a command that a signal ended as a shell would", async () => {
    const { exit, signal } = await told(["sh", "-c", "kill -9 $$"]);
    expect({ exit, signal }).toEqual({ exit: 137, signal: "SIGKILL" });
  });

  it("leaves no cgroup behind", async () => {
    const { mountPoint } = await findHierarchy();
    const place = join(mountPoint, "pahlevan");
    // Another's command may be running.
    const cgroups = () => (existsSync(place) ? readdirSync(place) : undefined);
    const before = cgroups();
    await told(["sh", "-c", "true"]);
    expect(cgroups()).toEqual(before);
  });

  it("says that a command is not there as a shell would, before it starts anything", async () => {
    await using run = new Pahlevan(["run", "--", "no-such-command"]);
    expect((await run.ended).code).toBe(127);
    expect(run.stderr).toBe("pahlevan: run: no-such-command: command not found\n");
  });

  it("says what the machine lacks, with exit code 3", async () => {
    const user = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
    await using plain = new Pahlevan(["run", "--", "true"], { before: user });
    expect((await plain.ended).code).toBe(3);
    expect(plain.stderr).toMatch(/run lacks CAP_BPF .*: run it as root: sudo pahlevan run/);
    const hierarchy = ["--cgroup-hierarchy", "no-such-controller"];
    await using wrong = new Pahlevan(["run", ...hierarchy, "--", "true"]);
    expect((await wrong.ended).code).toBe(3);
    expect(wrong.stderr).toContain('no cgroup hierarchy to track named "no-such-controller"');
  });

  it("shows names with control bytes as what they are", async () => {
    const name = join(folder, "evil\u001b]0;title\u0007\nname");
    await using run = new Pahlevan([
      "run",
      "--",
      "sh",
      "-c",
      'mkdir "$1"; cat /dev/null > "$1/x"',
      "sh",
      name,
    ]);
    await run.ended;
    // oxlint-disable-next-line no-control-regex
    expect(run.stderr).not.toMatch(/[\u0007\u001b]/);
    expect(run.stderr).toContain("evil\\x1b]0;title\\x07\\x0aname");
  });
});
