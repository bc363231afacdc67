/**
 * The kernel's functions of system calls, for a program that runs where a call is carried out
 * instead of at the entry of all of them. What is left out costs nothing; so only what nobody
 * denies is, and what this knows no name of is never left out.
 */
import { readFileSync } from "node:fs";
import { systemCallNames } from "./names/names.ts";

interface Naming {
  /** Functions of this machine's own calls. */
  readonly native: string;
  /** Everything a function of a system call may begin with: those of 32-bit programs too. */
  readonly any: readonly string[];
}

const namings: Readonly<Record<string, Naming>> = {
  x64: {
    native: "__x64_sys_",
    any: ["__x64_sys_", "__x64_compat_sys_", "__ia32_sys_", "__ia32_compat_sys_"],
  },
  arm64: { native: "__arm64_sys_", any: ["__arm64_sys_", "__arm64_compat_sys_"] },
};

/** Where the function's name is not the call's. Of another call none of these is. */
const otherNames: Readonly<Record<string, string>> = {
  fstat: "newfstat",
  lstat: "newlstat",
  sendfile: "sendfile64",
  stat: "newstat",
  umount2: "umount",
  uname: "newuname",
};

/** One that each kernel has, to ask whether programs may run at such functions. */
export function someCallFunction(architecture = process.arch): string {
  return `${namings[architecture]?.native ?? "sys_"}getppid`;
}

/**
 * All that carry out a call, those that take the place of unknown ones and cannot be traced not.
 */
export function callFunctions(symbols: string, architecture = process.arch): string[] {
  const { any } = namings[architecture] ?? { any: [] };
  const function_ = new RegExp(`^[0-9a-f]+ [Tt] ((?:${any.join("|")})(?!ni_syscall$)\\w+)$`, "gm");
  return any.length === 0 ? [] : [...symbols.matchAll(function_)].flatMap(([, name]) => name ?? []);
}

/** Those at which something may have to be denied. `isDenied`: a native call, by its number. */
export function functionsToGuard(
  functions: readonly string[],
  isDenied: (call: number) => boolean,
  architecture = process.arch,
): string[] {
  const { native = "" } = namings[architecture] ?? {};
  const allowed = new Set(
    Object.entries(systemCallNames(architecture).native)
      .filter(([number]) => !isDenied(Number(number)))
      .map(([, name]) => `${native}${otherNames[name] ?? name}`),
  );
  return functions.filter((name) => !allowed.has(name));
}

export function readSymbols(): string {
  return readFileSync("/proc/kallsyms", "latin1");
}
