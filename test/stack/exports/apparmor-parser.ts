/** AppArmor's own compiler, out of Debian's package and never installed: it would load profiles. */
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { privateApt } from "../../kernel/vm/apt.ts";
import { cached, cacheRoot } from "../../kernel/vm/cache.ts";
import { attempt, type Output } from "../containers/command.ts";

/** Of Debian bookworm: AppArmor 3.0, which every newer one still reads. */
const suite = "bookworm";

export async function apparmorFolder(): Promise<string> {
  return cached(`apparmor-${suite}`, async (folder) => {
    console.log(`fetching apparmor_parser of Debian ${suite}: once`);
    const scratch = await mkdtemp(join(cacheRoot(), "apt-"));
    try {
      await mkdir(join(scratch, "debs"));
      const apt = await privateApt(suite, scratch);
      const packages = await apt.download(["apparmor"], join(scratch, "debs"));
      for (const file of packages) await promisify(execFile)("dpkg-deb", ["-x", file, folder]);
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  });
}

async function parser(text: string, ...options: readonly string[]): Promise<Output> {
  const folder = await apparmorFolder();
  const base = join(folder, "etc/apparmor.d");
  // No cache, no kernel: the features are those of the profile's own abi.
  const args = ["--quiet", "--skip-cache", "--skip-kernel-load", `--base=${base}`, ...options];
  return attempt(join(folder, "sbin/apparmor_parser"), args, { input: text });
}

/** The names of the profiles in a text; refused with AppArmor's own words. */
export async function profilesOf(text: string): Promise<string[]> {
  const { code, stdout, stderr } = await parser(text, "--names");
  if (code !== 0) throw new Error(stderr);
  return stdout.trim().split("\n");
}

/** The states of the automaton that decides about files, as AppArmor prints them. */
export async function statesOf(text: string): Promise<string> {
  const { code, stderr } = await parser(text, "--dump=dfa-states");
  if (code !== 0) throw new Error(stderr);
  return stderr;
}
