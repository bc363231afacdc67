/** What somebody tries who runs his own code in a container, and what has to stop each of it. */
import type { KeptFacet } from "./workload.ts";
import { stranger } from "./stranger.ts";

export interface Attack {
  /** Of attack/*.c, with its words. */
  readonly deed: readonly string[];
  /**
   * Each of these has to be broken for it to succeed: one that is kept is enough, and where none
   * can be, one that it is told of. To run a program is to open it, and that is asked first.
   */
  readonly facets: readonly [KeptFacet, ...KeptFacet[]];
}

const to = [stranger.address, String(stranger.port)];

/** Files that the attacker has brought in already; the paths are in the container. */
export const planted = {
  program: "/tmp/planted",
  shell: "/tmp/innocent",
  script: "/tmp/script.sh",
  symlink: "/tmp/shortcut",
  beside: "/srv/planted",
  hardLink: "/srv/hard",
} as const;

/** Directories in one another, whose names together are longer than a path may be. */
export const deep = { below: "/tmp", depth: 25, name: "d".repeat(200) } as const;
const repeats = 1_000;

export const attacks = {
  "a miner is dropped in /tmp": { deed: ["drop", "/tmp/miner"], facets: ["file", "exec"] },
  "a program that was brought in": {
    deed: ["run", planted.program, "mark"],
    facets: ["file", "exec"],
  },
  "a shell": { deed: ["run", "/bin/dash", "-c", "exit 0"], facets: ["file", "exec"] },
  "a shell under another name": {
    deed: ["run", planted.shell, "-c", ":"],
    facets: ["file", "exec"],
  },
  "a script by its interpreter": { deed: ["run", planted.script], facets: ["file", "exec"] },
  "a program in memory": { deed: ["run-memory"], facets: ["file", "exec"] },
  "a reverse shell": {
    deed: ["reverse-shell", ...to, "/bin/dash"],
    facets: ["network", "file", "exec"],
  },
  "the password hashes": { deed: ["read", "/etc/shadow"], facets: ["file"] },
  "a token": { deed: ["read", "/run/secrets/token"], facets: ["file"] },
  "the same by a way around": {
    deed: ["read", "/proc/self/root/usr/../etc/shadow"],
    facets: ["file"],
  },
  "the same by a path of 4 095 bytes": { deed: ["read-long", "/etc/shadow"], facets: ["file"] },
  "a file deeper than any path": {
    deed: ["read-deep", deep.below, String(deep.depth), deep.name],
    facets: ["file"],
  },
  "a new symlink to it": { deed: ["symlink", "/etc/shadow", "/srv/link"], facets: ["file"] },
  "an old symlink to it": { deed: ["read", planted.symlink], facets: ["file"] },
  "a new hard link to it": { deed: ["link", "/etc/shadow", "/srv/name"], facets: ["file"] },
  "an old hard link to it": { deed: ["read", planted.hardLink], facets: ["file"] },
  "it through io_uring": {
    deed: ["ring-open", "/etc/shadow"],
    facets: ["file", "io_uring"], // the file where a hook sees it; the operation everywhere
  },
  "a user more": { deed: ["write", "/etc/passwd"], facets: ["file"] },
  "a setuid shell": { deed: ["chmod", "/usr/bin/dash"], facets: ["file"] },
  "a program in another's place": {
    deed: ["rename", planted.beside, "/usr/bin/env"],
    facets: ["file"],
  },
  "a file out of the way": { deed: ["unlink", "/etc/hosts"], facets: ["file"] },
  "a new way out": { deed: ["connect", ...to], facets: ["network"] },
  "a datagram out": { deed: ["send", ...to], facets: ["network"] },
  "a way out through io_uring": { deed: ["ring-connect", ...to], facets: ["network"] },
  "a door of its own": { deed: ["listen", "0.0.0.0", "31337"], facets: ["network"] },
  "a debugger on the workload": { deed: ["attach", "1"], facets: ["ptrace", "capability"] },
  "the workload's memory": {
    deed: ["read-memory", "1"],
    facets: ["ptrace", "capability"],
  },
  "a mount": { deed: ["mount", "/srv"], facets: ["mount", "capability"] },
  "namespaces of its own": { deed: ["unshare"], facets: ["capability"] },
  "namespaces of a new user": {
    deed: ["unshare-user"],
    facets: ["namespace", "mount", "capability"],
  },
  "another's namespaces": { deed: ["enter", "1"], facets: ["file", "ptrace", "capability"] },
  "a root of its own": { deed: ["chroot", "/tmp"], facets: ["capability"] },
  "a map in the kernel": { deed: ["bpf"], facets: ["bpf", "capability"] },
  "a program, a thousand times": {
    deed: ["run-often", planted.program, String(repeats)],
    facets: ["file", "exec"],
  },
} satisfies Readonly<Record<string, Attack>>;
export type AttackName = keyof typeof attacks;
