/** A root file system from the host's static busybox: nothing is downloaded. */
import { copyFile, mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { run } from "./command.ts";

const busybox = "/bin/busybox";

export async function makeRootfs(folder: string): Promise<void> {
  for (const name of ["bin", "dev", "etc", "proc", "run", "srv", "sys", "tmp", "var"]) {
    await mkdir(join(folder, name), { recursive: true });
  }
  await copyFile(busybox, join(folder, "bin/busybox"));
  const applets = (await run(busybox, ["--list"]))
    .split("\n")
    .filter((name) => name !== "" && name !== "busybox");
  await Promise.all(applets.map((name) => symlink("busybox", join(folder, "bin", name))));
  await writeFile(
    join(folder, "etc/passwd"),
    "root:x:0:0:root:/:/bin/sh\nnobody:x:65534:65534::/:/bin/false\n",
  );
  await writeFile(join(folder, "etc/group"), "root:x:0:\nnogroup:x:65534:\n");
}
