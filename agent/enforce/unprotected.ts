/** What of the guard itself this kernel does not keep from others, of what was attached. */
import type { Shortfall } from "@pahlevan/core/policy/compile/kernel.ts";
import { ownObjects, ownPins } from "../kernel/hooks.ts";
import type { SenseTier } from "../sense/senses.ts";

/** By the fact whose hooks refuse it: what of the guard others can get at where they do not. */
const ofTheGuard: Readonly<Record<string, string>> = {
  [ownObjects]: "maps, programs, links",
  [ownPins]: "links by their pins",
  unlink: "pins",
  mount: "the mount of the pins",
  ptrace: "the agent's memory",
};

/** Of a facet that is off nothing is refused either. */
export function unprotected(tiers: readonly SenseTier[]): Shortfall[] {
  const refuses = (name: string) =>
    tiers.some(({ fact, tier }) => fact === name && (tier === "lsm" || tier === "fentry"));
  const open = Object.entries(ofTheGuard).flatMap(([fact, what]) => (refuses(fact) ? [] : [what]));
  if (open.length === 0) return [];
  return [{ facet: "bpf", says: `the guard does not protect of its own: ${open.join(", ")}` }];
}
