/**
 * The initramfs of a kernel: static busybox, the modules that reach the host's files, one script.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmod, copyFile, mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { zstdDecompressSync } from "node:zlib";
import { cached } from "./cache.ts";
import type { Kernel } from "./kernels.ts";
import { tool } from "./tools.ts";

const GUEST_INIT = join(import.meta.dirname, "guest/init.sh");
const always = ["virtio_pci", "virtio_console", "9pnet_virtio", "9p", "overlay"];
const ARCHIVE_LIMIT_BYTES = 256 << 20;

/** The path of the initramfs that loads `always` and `extra` modules, in an order that works. */
export async function initramfs(kernel: Kernel, extra: readonly string[] = []): Promise<string> {
  const init = await readFile(GUEST_INIT);
  const wanted = [...always, ...extra];
  const hash = createHash("sha256").update(init).update(wanted.join()).digest("hex");
  const name = `initramfs/${kernel.release}-${hash.slice(0, 12)}`;
  const directory = await cached(name, (into) => build(kernel, wanted, into));
  return join(directory, "initramfs.cpio");
}

async function build(kernel: Kernel, wanted: readonly string[], into: string): Promise<void> {
  const root = join(into, "root");
  for (const each of ["bin", "modules", "proc", "sys", "dev", "lower", "upper", "new"]) {
    await mkdir(join(root, each), { recursive: true });
  }
  await copyFile(tool("busybox"), join(root, "bin/busybox"));
  await copyFile(GUEST_INIT, join(root, "init"));
  await chmod(join(root, "init"), 0o755);
  const loaded = await modulesInOrder(kernel, wanted);
  for (const [index, { name, object }] of [...loaded].entries()) {
    const position = String(index).padStart(2, "0"); // the init script loads them in this order
    await writeFile(join(root, "modules", `${position}-${name}.ko`), object);
  }
  const list = spawnSync("find", ["."], { cwd: root });
  const archive = spawnSync(tool("busybox"), ["cpio", "-o", "-H", "newc"], {
    cwd: root,
    input: list.stdout,
    maxBuffer: ARCHIVE_LIMIT_BYTES,
  });
  if (archive.status !== 0) throw new Error(`initramfs: busybox cpio: ${String(archive.stderr)}`);
  await writeFile(join(into, "initramfs.cpio"), archive.stdout);
}

interface Module {
  name: string;
  object: Buffer;
}

/**
 * The modules and all they depend on, dependencies first. Read from the modules themselves
 * (`depends=` in .modinfo): an unpacked package has no modules.dep, depmod writes that on install.
 */
async function modulesInOrder(kernel: Kernel, wanted: readonly string[]): Promise<Module[]> {
  const files = new Map<string, string>();
  for (const entry of await readdir(kernel.modules, { recursive: true })) {
    if (/\.ko(\.\w+)?$/.test(entry)) files.set(moduleName(entry), join(kernel.modules, entry));
  }
  const builtin = await readFile(join(kernel.modules, "modules.builtin"), "utf8");
  const inKernel = new Set(builtin.split("\n").filter(Boolean).map(moduleName));
  const order = new Map<string, Module>();
  const visit = async (name: string): Promise<void> => {
    if (order.has(name) || inKernel.has(name)) return;
    const file = files.get(name);
    if (!file) throw new Error(`initramfs of ${kernel.release}: it has no module ${name}`);
    const object = await unpacked(file);
    const depends = /\0depends=([^\0]*)\0/.exec(object.toString("latin1"))?.[1] ?? "";
    for (const each of depends.split(",").filter(Boolean)) await visit(moduleName(each));
    order.set(name, { name, object });
  };
  for (const name of wanted) await visit(moduleName(name));
  return [...order.values()];
}

/** `kernel/drivers/virtio/virtio-rng.ko.xz` → `virtio_rng`: file names use either sign. */
function moduleName(path: string): string {
  return basename(path)
    .replace(/\.ko(\.\w+)?$/, "")
    .replaceAll("-", "_");
}

async function unpacked(file: string): Promise<Buffer> {
  const content = await readFile(file);
  if (file.endsWith(".zst")) return zstdDecompressSync(content);
  if (!file.endsWith(".xz")) return content;
  const { status, stdout, stderr } = spawnSync(tool("busybox"), ["xzcat", file], {
    maxBuffer: ARCHIVE_LIMIT_BYTES,
  });
  if (status !== 0) throw new Error(`unpacking ${file}: ${String(stderr)}`);
  return stdout;
}
