/** Debian's kernels by a short name, unpacked into the cache, never installed. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { privateApt } from "./apt.ts";
import { cacheRoot, cached } from "./cache.ts";

const run = promisify(execFile);

export const kernelNames = ["5.10", "6.1", "6.12", "7"] as const;
export type KernelName = (typeof kernelNames)[number];

const suites: Record<KernelName, string> = {
  "5.10": "bullseye",
  "6.1": "bookworm",
  "6.12": "bookworm-backports",
  "7": "sid",
};

export interface Kernel {
  name: KernelName;
  /** What `uname -r` says in it. */
  release: string;
  image: string;
  modules: string;
}

export type Say = (line: string) => void;

/** The kernel from the cache, or else the newest of its suite; `say` hears what is fetched. */
export async function kernel(name: KernelName, say: Say = () => {}): Promise<Kernel> {
  const release = newest(name, await kept()) ?? (await fetchKernel(name, say));
  const root = join(cacheRoot(), "kernels", release);
  const modules = [`usr/lib/modules/${release}`, `lib/modules/${release}`]
    .map((path) => join(root, path))
    .find(existsSync);
  const image = [`boot/vmlinuz-${release}`, `usr/lib/modules/${release}/vmlinuz`] // the latter from 7 on
    .map((path) => join(root, path))
    .find(existsSync);
  if (!modules || !image) {
    throw new Error(`kernel ${release}: no image or modules in ${root}; delete it and try again`);
  }
  return { name, release, image, modules };
}

async function kept(): Promise<string[]> {
  const directory = join(cacheRoot(), "kernels");
  return existsSync(directory) ? await readdir(directory) : [];
}

/**
 * `6.1` matches 6.1.0-50-amd64, and neither 6.12…, the -cloud- and -rt- builds nor unsigned ones.
 */
export function newest(name: string, releases: string[]): string | undefined {
  const order = new Intl.Collator("en", { numeric: true });
  return releases
    .filter((release) => release.startsWith(`${name}.`))
    .filter((release) => /^[\d.]+(-\d+|\+deb[\d.]+)-amd64$/.test(release))
    .sort(order.compare)
    .at(-1);
}

async function fetchKernel(name: KernelName, say: Say): Promise<string> {
  const suite = suites[name];
  await mkdir(cacheRoot(), { recursive: true });
  const scratch = await mkdtemp(join(cacheRoot(), "apt-"));
  try {
    say(`kernel ${name}: reading the package list of Debian ${suite}`);
    const apt = await privateApt(suite, scratch);
    const prefix = "linux-image-";
    const names = await apt.names(`${prefix}${name}.`);
    const release = newest(
      name,
      names.map((each) => each.slice(prefix.length)),
    );
    if (!release) throw new Error(`kernel ${name}: Debian ${suite} has no linux-image for amd64`);
    await cached(`kernels/${release}`, async (directory) => {
      // From 7 on the image is a shell that depends on linux-binary-… and linux-modules-….
      const parts = (await apt.dependencies(prefix + release)).filter((each) =>
        each.endsWith(`-${release}`),
      );
      say(`kernel ${release}: downloading ${[prefix + release, ...parts].join(", ")}`);
      const packages = await apt.download([prefix + release, ...parts], scratch);
      say(`kernel ${release}: unpacking into ${join(cacheRoot(), "kernels", release)}`);
      for (const file of packages) await run("dpkg-deb", ["-x", file, directory]);
    });
    return release;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
