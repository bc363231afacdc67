/**
 * A program under exported profiles, in a kernel that has AppArmor: what it could do, and what it
 * was told where it could not. Prints one line of JSON: run in a VM.
 */
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Need } from "@pahlevan/core/policy/compile/learned.ts";
import { exportPolicy } from "@pahlevan/core/policy/export/export.ts";
import { closed, documentOf, namespace, oddNames, sourceOf } from "./policies.ts";

/** "done", or the last words of the program that could not. */
export type Tried = Readonly<Record<string, string>>;
export interface AppArmorTrial extends Readonly<
  Record<"unconfined" | "learned" | "denied" | "watched", Tried>
> {
  /** Of files with odd names: learned and not to be opened, and the other way round. */
  readonly odd: { readonly missed: readonly string[]; readonly slipped: readonly string[] };
}

const [, , apparmor = ""] = process.argv;
const folder = mkdtempSync(join(tmpdir(), "apparmor-"));
// By any other name it would not take the next word for a command.
const tool = join(folder, "busybox");
const other = join(folder, "busybox-other");
const file = (name: string) => join(folder, "files", name);
const oddFile = (name: string) => join(folder, "odd", name);
const odd = oddNames.filter((name) => name.isWellFormed() && !name.includes("/"));

const acts: Readonly<Record<string, readonly string[]>> = {
  "read what was read": ["cat", file("read")],
  "read another file": ["cat", file("other")],
  "write what was written": ["sh", "-c", `echo >${file("written")}`],
  "write what was read": ["sh", "-c", `echo >>${file("read")}`],
  "make another file": ["touch", file("new")],
  "make a directory": ["mkdir", file("directory")],
  "link what was read": ["ln", file("read"), file("link")],
  "rename what was written": ["mv", file("written"), file("moved")],
  "run itself": ["sh", "-c", `${tool} true`],
  "run another program": ["sh", "-c", `${other} true`],
  "connect by TCP": ["nc", "127.0.0.1", "1"],
  "open a raw socket": ["ping", "-c", "1", "-W", "1", "127.0.0.1"],
  "give a file away": ["chown", "1", file("written")],
  "name the host": ["hostname", "pahlevan-vm"],
  mount: ["mount", "-t", "tmpfs", "none", join(folder, "mounted")],
};

const needs: readonly Need[] = [
  { facet: "exec", path: tool },
  { facet: "file", access: "read", path: file("read") },
  { facet: "file", access: "write", path: file("written") },
  { facet: "file", access: "create", path: file("written") },
  {
    facet: "network",
    operation: "connect",
    protocol: "tcp",
    to: { kind: "distance", distance: "loopback" },
    ports: [1, 1],
  },
];

function run(program: string, ...args: readonly string[]): string {
  const { status, stderr, error } = spawnSync(program, args, { encoding: "utf8" });
  if (status === 0) return "done";
  return stderr.trim().split("\n").at(-1)?.split(": ").at(-1) ?? String(error);
}

const each = (under: readonly string[]): Tried =>
  Object.fromEntries(
    Object.entries(acts).map(([name, args]) => {
      rmSync(file(""), { recursive: true, force: true });
      mkdirSync(file(""));
      for (const name of ["read", "other", "written"]) writeFileSync(file(name), "");
      const [program = tool, ...words] = [...under, tool, ...args];
      return [name, run(program, ...words)];
    }),
  );

/** Loaded into the kernel; the words that put a command under it. */
function profile(name: string, enforcement: object, learned: readonly Need[]): string[] {
  const document = documentOf(name, { selector: {}, enforcement });
  const source = sourceOf(
    document,
    learned.map((need) => ({ need })),
  );
  const [text] = source ? exportPolicy("apparmor", source, "x86_64").documents : [];
  if (typeof text !== "string") throw new Error(`no profile of ${name}`);
  const base = `--base=${join(apparmor, "etc/apparmor.d")}`;
  const loaded = spawnSync(join(apparmor, "sbin/apparmor_parser"), [base, "-K", "--replace"], {
    input: text,
    encoding: "utf8",
  });
  if (loaded.status !== 0) throw new Error(loaded.stderr);
  return [join(apparmor, "usr/bin/aa-exec"), "-p", `pahlevan-${namespace}-${name}`, "--"];
}

/** Which of these files a shell can open. */
function opened(under: readonly string[], names: readonly string[]): string[] {
  const script = 'for name; do true <"$name" && echo yes || echo no; done';
  const [program, ...words] = [...under, tool, "sh", "-c", script, "sh"];
  const { stdout } = spawnSync(program, [...words, ...names.map(oddFile)], { encoding: "utf8" });
  const answers = stdout.split("\n");
  return names.filter((_, at) => answers[at] === "yes");
}

copyFileSync("/run/busybox", tool);
copyFileSync("/run/busybox", other);
const denies = {
  mode: "enforce",
  files: { deniedPaths: [file("other")], readOnlyPaths: [file("read")] },
  processes: { deniedBinaries: [other] },
  capabilities: { denied: ["CHOWN"] },
};
for (const name of ["odd", "mounted"]) mkdirSync(join(folder, name));
const beside = odd.map((name) => `${name}x`);
for (const name of [...odd, ...beside]) writeFileSync(oddFile(name), "");
const oddReads = odd.map((name): Need => ({ facet: "file", access: "read", path: oddFile(name) }));
const oddProfile = profile("odd", closed, [...needs, ...oddReads]);

const trial: AppArmorTrial = {
  unconfined: each([]),
  learned: each(profile("learned", closed, needs)),
  denied: each(profile("denied", denies, [])),
  watched: each(profile("watched", { mode: "monitor", blockUnknown: true }, needs)),
  odd: {
    missed: odd.filter((name) => !opened(oddProfile, odd).includes(name)),
    slipped: opened(oddProfile, beside),
  },
};
console.log(JSON.stringify(trial));
