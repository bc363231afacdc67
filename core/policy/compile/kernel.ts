/**
 * What a given kernel cannot enforce of some tables: said plainly, and before anybody relies on it.
 */
import { judgedFacets, type JudgedFacet } from "./act.ts";
import type { Compiled, Entry } from "./compiled.ts";

/**
 * By what a kernel denies, from the best on. `lsm`, `fmod_ret` and `cgroup` return EPERM before the
 * act; `packet` drops what is sent; `kill` ends the caller; `observe` tells; `unjudged` is seen and
 * compared with no policy; `none` does not see it.
 */
export type Tier =
  | "lsm"
  | "fmod_ret"
  | "cgroup"
  | "packet"
  | "kill"
  | "observe"
  | "unjudged"
  | "none";

export interface Kernel {
  readonly tiers: Readonly<Record<Exclude<JudgedFacet, "syscall">, Tier>>;
  /** Of each system call that this architecture has. */
  readonly syscalls: ReadonlyMap<string, Tier>;
}

export interface Shortfall {
  readonly facet: JudgedFacet;
  readonly says: string;
}

/** Only of facets that could deny something; empty where the kernel keeps all of it. */
export function shortfalls(compiled: Compiled, kernel: Kernel): Shortfall[] {
  return judgedFacets.flatMap((facet) => {
    if (compiled.modes[facet] === "off" || !couldDeny(compiled, facet)) return [];
    const says =
      facet === "syscall"
        ? ofCalls(compiled, kernel.syscalls)
        : [...ofTier(facet, kernel.tiers[facet]), ...ofNames(compiled, facet)];
    return says.map((each) => ({ facet, says: each }));
  });
}

/** What an act meets that a policy denies. */
export function meets(facet: JudgedFacet, tier: Tier): string {
  return ofTier(facet, tier)[0] ?? "it is refused before it happens";
}

function couldDeny({ tables }: Compiled, facet: JudgedFacet): boolean {
  const { unlisted, entries } = tables[facet];
  return unlisted === "deny" || entries.some(isDeny);
}

const isDeny = ({ rule }: Entry) => rule.rank === "deny";

const whole = {
  observe: "nothing is denied on this kernel: it is only told",
  unjudged:
    "nothing is denied on this kernel, and no decision told of: it is too old (before 5.17)",
  none: "nothing is denied on this kernel, and nothing is seen",
} as const;

/** Where calls are seen at their end: what a path leads to is known of opens alone. */
const asPassed =
  "paths are told as they were passed, but for opens: a symlink leads past what is denied, and " +
  "what io_uring does is told by its operation alone";

/** Measured on real kernels: a signal from the begin of a call comes too late for most of them. */
const tooLate = "the caller is killed, but after the act has taken effect";

function ofTier(facet: JudgedFacet, tier: Tier): string[] {
  if (facet === "file" && tier === "observe") return [whole[tier], asPassed];
  if (tier === "observe" || tier === "unjudged" || tier === "none") return [whole[tier]];
  if (tier === "lsm" || tier === "fmod_ret") return [];
  if (facet === "exec" && tier === "kill") {
    return ["the caller is killed before the new program runs, instead of an error"];
  }
  if (facet === "network" && tier === "cgroup") {
    return ["connect, bind and send of IP are denied; listen, accept and unix sockets are told"];
  }
  if (facet === "network" && tier === "packet") {
    return ["packets are dropped: who connects waits for a timeout; unix sockets are told"];
  }
  return [tier === "kill" ? tooLate : whole.observe];
}

function ofNames({ tables }: Compiled, facet: JudgedFacet): string[] {
  if (facet !== "network") return [];
  const isNamed = tables.network.entries.some((entry) =>
    entry.kind === "egress"
      ? entry.remotes.some(({ kind }) => kind === "name")
      : entry.kind === "ip" && entry.remote?.kind === "name",
  );
  return isNamed ? ["a name holds for the addresses that DNS was seen to give for it"] : [];
}

function ofCalls({ tables, modes }: Compiled, syscalls: ReadonlyMap<string, Tier>): string[] {
  // Who only watches kills nobody.
  if (modes.syscall !== "enforce") return [];
  const { unlisted, entries } = tables.syscall;
  const denied = new Set(entries.filter(isDeny).map(({ name }) => name));
  const granted = new Set(entries.filter((entry) => !isDeny(entry)).map(({ name }) => name));
  const isRefused = (name: string) =>
    denied.has(name) || (unlisted === "deny" && !granted.has(name));
  const refused = [...syscalls].filter(([name]) => isRefused(name));
  const at = (...tiers: readonly Tier[]) =>
    refused.filter(([, tier]) => tiers.includes(tier)).map(([name]) => name);
  const absent = [...denied].filter((name) => !syscalls.has(name)).toSorted();
  return [
    ...told("the caller is killed, of most when the act has taken effect", at("kill", "packet")),
    ...told("only told, not denied", at("observe", "unjudged", "none")),
    ...told("this architecture has no such call", absent),
  ];
}

const shown = 8;
function told(says: string, names: readonly string[]): string[] {
  if (names.length === 0) return [];
  const more = names.length > shown ? ` and ${names.length - shown} more` : "";
  return [`${says}: ${names.slice(0, shown).join(", ")}${more}`];
}
