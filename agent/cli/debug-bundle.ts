/**
 * `pahlevan debug bundle`: what support needs, in one file; never what processes hold or were told.
 */
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { release, version as kernelVersion } from "node:os";
import { gzipSync } from "node:zlib";
import { askStatus } from "../sense/control-client.ts";
import { findHierarchy } from "../workload/hierarchy.ts";
import { CgroupTree } from "../workload/cgroup-tree.ts";
import { valueOf, type Invocation } from "./command.ts";
import { keyNames, keys, written, type Config, type KeyName } from "./config/keys.ts";
import { loadConfig } from "./config/load.ts";
import { exitCodes } from "./exit.ts";
import { tar } from "./tar.ts";
import { version } from "./version.ts";

/** Each part stands by itself: one that fails says why in its place. */
const parts: Readonly<Record<string, (config: Config) => Promise<string> | string>> = {
  "versions.json": () =>
    json({ pahlevan: version, node: process.versions, kernel: release(), build: kernelVersion() }),
  "agent.json": async ({ controlSocket }) =>
    json((await askStatus(controlSocket)) ?? { running: false, controlSocket }),
  "settings.json": (config) =>
    json(Object.fromEntries(keyNames.map((name) => [written(name), shown(name, config)]))),
  "cgroups.txt": async () => {
    const hierarchy = await findHierarchy();
    const { cgroups, truncated } = await new CgroupTree(hierarchy, { limit: 10_000 }).walk();
    const lines = cgroups.map(({ id, path }) => `${id}\t${path}`);
    return `${[json(hierarchy).trimEnd(), ...lines, ...(truncated ? ["…"] : [])].join("\n")}\n`;
  },
  "system-capabilities.txt": async () => {
    const { capabilitiesPage } = await import("./debug-capabilities.ts");
    return capabilitiesPage();
  },
  "kernel.txt": () =>
    ["/proc/version", "/sys/kernel/security/lsm", "/proc/sys/kernel/unprivileged_bpf_disabled"]
      .concat("/proc/sys/kernel/bpf_stats_enabled", "/sys/kernel/security/lockdown")
      .map((file) => `${file}: ${contentOf(file)}`)
      .join("\n"),
  "mounts.txt": () =>
    contentOf("/proc/self/mounts")
      .split("\n")
      .filter((line) => /cgroup|bpf|tracefs|securityfs|debugfs/.test(line))
      .join("\n"),
  "rights.txt": () =>
    contentOf("/proc/self/status")
      .split("\n")
      .filter((line) => /^(Uid|Cap|Seccomp|NoNewPrivs)/.test(line))
      .join("\n"),
};

export async function run(invocation: Invocation): Promise<number> {
  const file = valueOf(invocation, "output") ?? `pahlevan-debug-${stamp(new Date())}.tar.gz`;
  const settings = valueOf(invocation, "config");
  const { config, errors } = await loadConfig({
    file: settings,
    environment: process.env,
    flags: new Map(),
  });
  const folder = "pahlevan-debug";
  const files = [{ name: `${folder}/settings-errors.txt`, content: errors.join("\n") }];
  for (const [name, part] of Object.entries(parts)) {
    files.push({ name: `${folder}/${name}`, content: await contentOrReason(() => part(config)) });
  }
  await writeFile(file, gzipSync(tar(files, Math.floor(Date.now() / 1000))), { mode: 0o600 });
  const names = files.map(({ name }) => name.slice(folder.length + 1)).join(", ");
  process.stdout.write(`${file}: ${names}\n`);
  process.stdout.write("It holds names of cgroups and programs; read it before you send it.\n");
  return exitCodes.fine;
}

async function contentOrReason(part: () => Promise<string> | string): Promise<string> {
  try {
    return await part();
  } catch (error) {
    return `not available: ${error instanceof Error ? error.message : String(error)}\n`;
  }
}

function contentOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    return error instanceof Error && "code" in error ? `(${String(error.code)})` : "(unreadable)";
  }
}

function json(value: object): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

function shown<K extends KeyName>(name: K, config: Config): string {
  return keys[name].type.show(config[name]);
}

function stamp(now: Date): string {
  return now.toISOString().slice(0, 19).replaceAll(":", "").replace("T", "-");
}
