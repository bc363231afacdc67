/** Acts of processes: fork, exec, exit, and whom they act as. */
import type { Tier } from "@pahlevan/agent/kernel/hooks.ts";
import type { Told } from "../stage/told.ts";
import { by, fact, type Act } from "./act.ts";

const SYS_NICE = 23;
/** What a box's first process holds: Docker's, and those that box.ts adds. */
const held = [0, 1, 3, 4, 5, 6, 7, 8, 10, 13, 16, 18, 19, 21, 23, 27, 29, 31, 38, 39];

const setOf = (capabilities: readonly number[]) =>
  capabilities.reduce((set, capability) => set + 2 ** capability, 0);

/** A binary is opened to be run; the end of a system call does not show that. */
function openedToRun(tier: Tier | undefined, path: string): Told[] {
  return tier === "sys_exit" ? [] : [fact("open", { path, access: ["read", "exec"] })];
}

/**
 * Where programs are asked about before they run, its path is known by then; else it is told behind
 * the working directory, or as it was passed by kernels before 5.17, which have a hook for opens.
 */
function scriptOf(tiers: Readonly<Record<string, Tier | undefined>>): string {
  if (tiers["exec (script)"] !== "tracepoint") return "/data/script";
  return tiers["open"] === "sys_exit" ? "/data/./script" : "./script";
}

/** By then it is the new program's own act. */
function mappedToRun(tier: Tier | undefined, path: string): Told[] {
  if (tier === undefined) return [];
  return [fact("open", { path, access: ["exec"], by: by("act", 0, path) })];
}

function credential(
  operation: string,
  tier: Tier | undefined,
  to: { uid: number; gid: number },
  capabilities: readonly number[],
): Told {
  // A hook runs before the change, and knows from whom; the end of the call is after it.
  const after = tier === "sys_exit";
  return fact("credential", {
    operation,
    ...(!after && { from: { uid: 0, gid: 0 } }),
    to,
    capabilities: setOf(capabilities),
    by: by("act", after ? to.uid : 0),
  });
}

export const processActs: readonly Act[] = [
  {
    title: "a fork is told with its child",
    fact: "fork",
    steps: ["child", "then", "exit", "0"],
    about: ["fork"],
    expect: () => [fact("fork", { child: "child 1" })],
  },
  {
    title: "an exec is told with path, every word of argv, and working directory",
    fact: "exec",
    files: { "/data/place/": "" },
    steps: ["chdir", "/data/place", "then", "exec", "/bin/busybox", "true", "", "two words", "ü\n"],
    about: ["exec"],
    expect: (tiers) => [
      fact("exec", {
        path: "/bin/busybox",
        args: ["/bin/busybox", "true", "", "two words", "ü\n"],
        cwd: "/data/place",
        by: by("act", 0, "/bin/busybox"),
      }),
      ...openedToRun(tiers["open"], "/bin/busybox"),
      ...mappedToRun(tiers["mapped code"], "/bin/busybox"),
    ],
  },
  {
    title: "an exec through a symlink is told with the binary that it leads to",
    fact: "exec",
    steps: ["exec", "/bin/false", "x"],
    about: ["exec"],
    expect: () => [
      fact("exec", {
        path: "/bin/busybox",
        args: ["/bin/false", "x"],
        cwd: "/",
        by: by("act", 0, "/bin/busybox"),
      }),
    ],
  },
  {
    title: "a script's exec is told with its interpreter and its own name",
    fact: "exec",
    files: { "/data/script": "#!/bin/act exit\n" },
    before: ["chmod", "/data/script", "755"],
    steps: ["chdir", "/data", "then", "exec", "./script"],
    about: ["exec"],
    expect: (tiers) => [
      fact("exec", {
        path: "/bin/act",
        script: scriptOf(tiers),
        args: ["/bin/act", "exit", "./script"],
        cwd: "/data",
      }),
      ...openedToRun(tiers["open"], "/data/script"),
    ],
  },
  {
    title: "an exit is told with its code",
    fact: "exit",
    steps: ["exit", "7"],
    about: ["exit"],
    expect: () => [fact("exit", { code: 7, signal: 0, dumped: false, by: by("act", 0, "") })],
  },
  {
    title: "an end by a signal is told with the signal",
    fact: "exit",
    steps: ["die", "15"],
    about: ["exit"],
    expect: () => [fact("exit", { code: 0, signal: 15, dumped: false, by: by("act", 0, "") })],
  },
  {
    title: "setuid is told with whom the process acts as, and later facts carry that user",
    fact: "credentials",
    files: { "/data/as-user": "" },
    steps: ["setuid", "1000", "then", "open", "/data/as-user", "r"],
    expect: (tiers) => [
      credential("setuid", tiers["credentials"], { uid: 1000, gid: 0 }, []),
      fact("open", { path: "/data/as-user", access: ["read"], by: by("act", 1000) }),
    ],
  },
  {
    title: "setgid is told with the group that the process acts as",
    fact: "credentials",
    steps: ["setgid", "1001"],
    expect: (tiers) => [credential("setgid", tiers["credentials"], { uid: 0, gid: 1001 }, held)],
  },
  {
    title: "a capability put down is told as a change of credentials",
    fact: "credentials",
    steps: ["drop-capability", String(SYS_NICE)],
    expect: (tiers) => {
      const left = held.filter((capability) => capability !== SYS_NICE);
      return [credential("capset", tiers["credentials"], { uid: 0, gid: 0 }, left)];
    },
  },
];
