/** The shop's root file system: this host's busybox, and one script. Nothing is downloaded. */
import { chmod, copyFile, mkdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { script, source, webConfiguration } from "./program.ts";

const folders = ["bin", "dev", "etc", "proc", "srv/cgi-bin"];
const programs = ["sh", "httpd", "wget", "nc"];

export async function makeRootfs(folder: string, busybox: string): Promise<void> {
  for (const name of folders) await mkdir(join(folder, name), { recursive: true, mode: 0o755 });
  await copyFile(busybox, join(folder, "bin/busybox"));
  for (const name of programs) await symlink("busybox", join(folder, "bin", name));
  await mkdir(join(folder, dirname(script)), { recursive: true });
  await writeFile(join(folder, script), source);
  await chmod(join(folder, script), 0o755);
  await writeFile(join(folder, webConfiguration.path), webConfiguration.text);
  await chmod(folder, 0o755);
}
