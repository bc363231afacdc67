/** One sort of known-bad behaviour, and the usual ways to recognise it. */
import type { Behaviour, FileAccess, LearnedFacet } from "../../behaviour/behaviour.ts";
import type { KernelEvent } from "../../behaviour/event.ts";

export interface KnownBad {
  readonly name: string;
  /** The MITRE ATT&CK id (attack.mitre.org) that it is best known by. */
  readonly technique: string;
  readonly reason: string;
  readonly facet: LearnedFacet | "any";
  /** Who did it matters: the same behaviour may be fine of another program. */
  readonly byActor?: true;
  readonly matches: (behaviour: Behaviour, event: KernelEvent | undefined) => boolean;
}

type Matcher = Pick<KnownBad, "matches"> & { readonly facet: LearnedFacet };

const changes: ReadonlySet<FileAccess> = new Set([
  "write",
  "create",
  "mkdir",
  "mknod",
  "unlink",
  "rmdir",
  "rename_from",
  "rename_to",
  "link_to",
  "symlink",
  "chmod",
  "chown",
  "truncate",
]);

/** Where a container is shown its host's files; what is bad there is as bad below. */
const hostRoot = /^\/(?:host(?:fs)?|rootfs|mnt\/host|node|proc\/(?:\d+|self)\/root)(?=\/)/;

function isAt(pattern: RegExp, path: string): boolean {
  return pattern.test(path.replace(hostRoot, ""));
}

export const touching = (pattern: RegExp): Matcher => ({
  facet: "file",
  matches: (behaviour) => behaviour.facet === "file" && isAt(pattern, behaviour.path),
});
export const changing = (pattern: RegExp): Matcher => ({
  facet: "file",
  matches: (behaviour) =>
    behaviour.facet === "file" && changes.has(behaviour.access) && isAt(pattern, behaviour.path),
});
export const running = (pattern: RegExp): Matcher => ({
  facet: "exec",
  matches: (behaviour) =>
    behaviour.facet === "exec" &&
    (pattern.test(behaviour.path) || pattern.test(behaviour.script ?? "")),
});
export const reaching = (
  matches: (address: string, port: number, protocol: string) => boolean,
): Matcher => ({
  facet: "network",
  matches: (behaviour) =>
    behaviour.facet === "network" &&
    "port" in behaviour &&
    (behaviour.operation === "connect" || behaviour.operation === "send") &&
    matches(behaviour.address, behaviour.port, behaviour.protocol),
});
export const calling = (names: readonly string[]): Matcher => ({
  facet: "syscall",
  matches: (behaviour) => behaviour.facet === "syscall" && names.includes(behaviour.name),
});
