/**
 * Which security modules run: an LSM program attaches even where `bpf` is none of them, and is then
 * never called.
 */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

const list = "/sys/kernel/security/lsm";

/**
 * Undefined where nobody can tell. Where securityfs is not mounted it is mounted for the one look,
 * in a mount namespace that ends with it, so that nothing is left behind.
 */
export function activeLsms(): string[] | undefined {
  const text = readable(list) ?? mountedForOnce();
  return text?.trim().split(",");
}

function readable(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

function mountedForOnce(): string | undefined {
  const script = `mount -t securityfs none /sys/kernel/security && cat ${list}`;
  const { status, stdout } = spawnSync("unshare", ["--mount", "sh", "-c", script], {
    encoding: "utf8",
    timeout: 5000,
  });
  return status === 0 && stdout !== "" ? stdout : undefined;
}
