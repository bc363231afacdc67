/** The image of a workload: Debian's packages, unpacked and furnished once, kept in the cache. */
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { privateApt } from "../../kernel/vm/apt.ts";
import { cached, cacheRoot } from "../../kernel/vm/cache.ts";
import { run } from "../containers/command.ts";
import type { Workload } from "./workload.ts";

const suite = "bookworm";
/** What is in an image whatever it is for, and of use to who breaks in. */
const everywhere = ["base-files", "bash", "coreutils", "dash"];
const empty = ["dev", "home", "proc", "srv", "sys", "tmp"];
const merged = ["bin", "lib", "lib64", "sbin"];
/** Raised when this file unpacks otherwise. */
const version = 3;
const nobody = 65_534;

/** Its folder. It is not to be written to: containers have a layer of their own above it. */
export async function imageOf(workload: Workload): Promise<string> {
  return cached(folderOf(workload), (folder) => build(workload, folder));
}

function folderOf({ name, packages, users, files, prepare }: Workload): string {
  const made = JSON.stringify([version, everywhere, packages, users, files, prepare]);
  return `images/${name}-${createHash("sha256").update(made).digest("hex").slice(0, 12)}`;
}

async function build(workload: Workload, folder: string): Promise<void> {
  console.error(`building the image of ${workload.name} from Debian's packages: once`);
  await mkdir(cacheRoot(), { recursive: true });
  const scratch = await mkdtemp(join(cacheRoot(), "apt-"));
  try {
    const apt = await privateApt(suite, scratch);
    for (const name of merged) {
      await mkdir(join(folder, "usr", name), { recursive: true });
      await symlink(`usr/${name}`, join(folder, name));
    }
    // Packages leave this to scripts of theirs, which are not run here.
    await mkdir(join(folder, "var"));
    await symlink("../run", join(folder, "var/run"));
    // As dpkg does it: a directory of a package's that is a link here stays one.
    const unpack = 'dpkg-deb --fsys-tarfile "$1" | tar --keep-directory-symlink -xC "$0"';
    for (const file of await apt.downloadWhole([...everywhere, ...workload.packages]))
      await run("sh", ["-c", unpack, folder, file]);
    await furnish(workload, folder);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function furnish({ users = {}, files = {}, prepare }: Workload, folder: string) {
  const people = Object.entries({ ...users, nobody });
  const passwd = people.map(([name, id]) => `${name}:x:${id}:${id}::/:/bin/sh`);
  const group = people.map(([name, id]) => `${name}:x:${id}:`);
  const all: Readonly<Record<string, string>> = {
    "/etc/passwd": lines("root:x:0:0:root:/root:/bin/bash", ...passwd),
    "/etc/group": lines("root:x:0:", ...group),
    "/etc/shadow": lines("root:*:19000:0:99999:7:::"),
    "/etc/hosts": lines("127.0.0.1 localhost"),
    "/etc/resolv.conf": lines("nameserver 127.0.0.1"),
    "/etc/nsswitch.conf": lines("passwd: files", "group: files", "hosts: files dns"),
    "/run/secrets/token": lines("a token that nobody needs for the work"),
    ...files,
  };
  for (const [path, content] of Object.entries(all)) {
    await mkdir(join(folder, dirname(path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
  for (const name of empty) await mkdir(join(folder, name), { recursive: true });
  if (prepare === undefined) return;
  // In mount and process namespaces of its own, so that nothing stays mounted or running.
  const inside =
    'mount --rbind /dev "$0/dev" && mount -t proc proc "$0/proc" && exec chroot "$0" sh -ec "$1"';
  await run("unshare", ["--mount", "--pid", "--fork", "sh", "-c", inside, folder, prepare]);
}

function lines(...all: readonly string[]): string {
  return `${all.join("\n")}\n`;
}
