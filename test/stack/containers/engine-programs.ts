/** Docker's and podman's programs, of Debian's packages: unpacked into the cache, not installed. */
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { privateApt } from "../../kernel/vm/apt.ts";
import { cached, cacheRoot } from "../../kernel/vm/cache.ts";
import { attempt, missing, run } from "./command.ts";

const suite = "bookworm";
/** With what they need that a machine without them may lack. */
const packages = [
  ...["docker.io", "podman", "conmon", "golang-github-containers-common"],
  ...["libassuan0", "libdevmapper1.02.1", "libgpgme11", "libsubid4"],
];
const folderName = `engines-${suite}-1`;

export interface EnginePrograms {
  readonly path: (program: string) => string;
  /** They find each other, and their libraries. */
  readonly env: Readonly<Record<string, string>>;
}

export async function enginePrograms(): Promise<EnginePrograms> {
  const folder = await cached(folderName, unpack);
  const libraries = ["usr/lib/x86_64-linux-gnu", "lib/x86_64-linux-gnu"];
  const programs = ["usr/sbin", "usr/bin"].map((name) => join(folder, name));
  return {
    path: (program) => programs.map((place) => join(place, program)).find(existsSync) ?? program,
    env: {
      LD_LIBRARY_PATH: libraries.map((name) => join(folder, name)).join(":"),
      PATH: [...programs, process.env["PATH"] ?? ""].join(":"),
    },
  };
}

/** Why this machine cannot have them, or undefined where it can. */
export async function enginesMissing(): Promise<string | undefined> {
  if (process.arch !== "x64") return "Docker and podman are tried on x86-64";
  const others = await missing("runc", "containerd", "tar", "apt-get", "dpkg-deb");
  if (others !== undefined) return others;
  const { path, env } = await enginePrograms();
  for (const program of ["dockerd", "podman"]) {
    const { code, stderr } = await attempt(path(program), ["--version"], { env });
    if (code !== 0) return `${program} does not run here: ${stderr.trim()}`;
  }
  return undefined;
}

async function unpack(folder: string): Promise<void> {
  console.log("fetching Docker and podman from Debian: once, 50 MB");
  const scratch = await mkdtemp(join(cacheRoot(), "apt-"));
  try {
    const apt = await privateApt(suite, scratch);
    for (const file of await apt.download(packages, scratch))
      await run("dpkg-deb", ["-x", file, folder]);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
