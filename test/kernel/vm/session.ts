/** The directory of one run: what the guest's session script reads, and where its sockets lie. */
import { copyFile, mkdtemp, realpath, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import type { VmOptions } from "./vm.ts";

/** `end` is the word that the guest writes before the exit code. */
export async function openSession(options: VmOptions, end: string): Promise<string> {
  const shares = options.shares ?? [];
  const odd = shares.find((path) => !/^\/[\w./+-]+$/.test(path));
  if (odd) throw new Error(`VM share ${odd}: must be an absolute path of plain characters`);
  const directory = await mkdtemp(join(await realpath(tmpdir()), "pahlevan-vm-"));
  await copyFile(join(import.meta.dirname, "guest/session.sh"), join(directory, "session.sh"));
  const settings = { END: end, CGROUP: options.cgroup ?? "v2", SHARES: shares.join(" ") };
  await writeFile(join(directory, "settings"), variables(settings));
  await writeFile(join(directory, "command"), script(options));
  return directory;
}

function script(options: VmOptions): string {
  const environment = {
    PATH: [dirname(process.execPath), process.env["PATH"]].join(delimiter),
    HOME: process.env["HOME"] ?? "/root",
    LANG: "C.UTF-8",
    TMPDIR: "/run/tmp", // a tmpfs: an open over 9p costs a millisecond
    NODE_COMPILE_CACHE: "/run/tmp/compiled", // a start takes 3 s with it, 8 s without
    ...options.env,
  };
  const directory = quoted(options.cwd ?? process.cwd());
  const command = options.command.map(quoted).join(" ");
  return `${variables(environment, "export ")}cd ${directory} || exit 126\nexec ${command}\n`;
}

function variables(values: Readonly<Record<string, string>>, prefix = ""): string {
  const lines = Object.entries(values).map(
    ([name, value]) => `${prefix}${name}=${quoted(value)}\n`,
  );
  return lines.join("");
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
