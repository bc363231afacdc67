/** Places that a test needs on this machine, and gives back: a bpf file system, a cgroup. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

/** A bpf file system of this test's own, gone at its end. */
export function mountBpffs(): string {
  const path = mkdtempSync(join(tmpdir(), "pahlevan-bpffs-"));
  execFileSync("mount", ["-t", "bpf", "bpf", path]);
  onTestFinished(() => {
    execFileSync("umount", [path]);
    rmdirSync(path);
  });
  return path;
}

/** A fresh cgroup (v2), wherever this machine has mounted them; gone at the test's end. */
export function makeCgroup(): string {
  const mounts = readFileSync("/proc/self/mountinfo", "utf8").split("\n");
  const root = mounts.find((line) => line.includes(" - cgroup2 "))?.split(" ")[4];
  if (root === undefined) throw new Error("no cgroup v2 hierarchy in /proc/self/mountinfo");
  const path = join(root, `pahlevan-test-${process.pid}`);
  mkdirSync(path);
  onTestFinished(() => rmdirSync(path));
  return path;
}
