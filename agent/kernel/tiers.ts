/**
 * What is seen, where, and why not at a better place: for people, metrics and `docs/kernels.md`.
 */
import { kinds, type Facet, type Kind } from "@pahlevan/core/behaviour/event.ts";
import type { Tier } from "./hooks.ts";
import type { Choice } from "./plan.ts";

export interface TierRow {
  readonly fact: string;
  readonly facet: Facet;
  readonly kinds: readonly Kind[];
  /** Undefined: not seen at all. */
  readonly tier: Tier | undefined;
  /** e.g. "lsm/file_open"; empty where there is no tier. */
  readonly hooks: readonly string[];
  /** Better places, and what the kernel said to each. */
  readonly refused: readonly { readonly tier: Tier; readonly why: string }[];
}

export function tierRows(choices: readonly Choice[]): TierRow[] {
  return choices.map(({ fact, candidate, refusals }) => ({
    fact: fact.name,
    facet: kinds[fact.kinds[0] ?? "exec"],
    kinds: fact.kinds,
    tier: candidate?.tier,
    hooks: (candidate?.hooks ?? []).map(({ kind, target }) => `${kind}/${target}`),
    refused: refusals.map(({ candidate, why }) => ({ tier: candidate.tier, why })),
  }));
}
