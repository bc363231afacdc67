/**
 * Where containerd's programs come from: built once from its Go module and kept outside the
 * checkout, or Debian's.
 */
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cached, cacheRoot } from "../../kernel/vm/cache.ts";
import { missing, run } from "./command.ts";

/** "2.4.2": the newest; "debian": whatever the distribution installed (1.6 on bookworm). */
export type ContainerdVersion = "2.4.2" | "debian";

const programs = ["containerd", "containerd-shim-runc-v2", "ctr"];
const modulePath = "github.com/containerd/containerd/v2/cmd";

/**
 * Why this machine cannot have it, or undefined where it can: the reason of a test that is skipped.
 */
export async function containerdMissing(version: ContainerdVersion): Promise<string | undefined> {
  const others = await missing("runc", "tar");
  if (others !== undefined || version === "debian") return others ?? missing(...programs);
  return existsSync(join(cacheRoot(), folderOf(version))) ? undefined : missing("go");
}

/** The folder with the three programs. */
export async function containerdPrograms(version: ContainerdVersion): Promise<string> {
  const reason = await containerdMissing(version);
  if (reason !== undefined) throw new Error(`containerd (${version}): ${reason}`);
  if (version === "debian") return "/usr/bin";
  return cached(folderOf(version), (folder) => build(version, folder));
}

function folderOf(version: string): string {
  return `containerd-${version}`;
}

async function build(version: string, folder: string): Promise<void> {
  console.log(`building containerd ${version} with Go: once, about two minutes`);
  const source = await mkdtemp(join(tmpdir(), "pahlevan-containerd-source-"));
  const go = (...args: readonly string[]) =>
    run("go", args, { cwd: source, env: { CGO_ENABLED: "0" }, timeoutMs: 15 * 60_000 });
  try {
    await writeFile(join(source, "go.mod"), "module pahlevan.test/containerd\n\ngo 1.25\n");
    await go("get", "-tool", ...programs.map((name) => `${modulePath}/${name}@v${version}`));
    for (const name of programs) {
      await go(
        "build",
        "-trimpath",
        "-ldflags=-s -w",
        "-o",
        join(folder, name),
        `${modulePath}/${name}`,
      );
    }
  } finally {
    await rm(source, { recursive: true, force: true });
  }
}
