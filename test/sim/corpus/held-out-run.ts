/**
 * How good is the policy that was learned of some runs of a real workload? Asked about what another
 * run did.
 */
import { asLearned } from "@pahlevan/agent/enforce/as-learned.ts";
import { lower } from "@pahlevan/agent/kernel/guard/lower.ts";
import { systemCallNames } from "@pahlevan/agent/kernel/names/names.ts";
import { parseBehaviour } from "@pahlevan/core/behaviour/behaviour-text.ts";
import { learnedFacets, type LearnedFacet } from "@pahlevan/core/behaviour/behaviour.ts";
import { actOf } from "@pahlevan/core/needs/behaviour-need.ts";
import type { Compiled } from "@pahlevan/core/policy/compile/compiled.ts";
import { judge } from "@pahlevan/core/policy/compile/judge.ts";
import type { Entry } from "@pahlevan/core/profile/entry.ts";
import { emptyProfile, type Profile } from "@pahlevan/core/profile/profile.ts";
import type { Recording } from "./recording.ts";

export interface HeldOutRun {
  /** Different behaviours that the policy was learned from, by facet. */
  readonly learned: Readonly<Partial<Record<LearnedFacet, number>>>;
  /** Entries of its tables, by facet. */
  readonly entries: Readonly<Partial<Record<LearnedFacet, number>>>;
  /** Behaviours of the other run, and those of them that were in none before. */
  readonly asked: number;
  readonly unseen: number;
  /** Those that the policy would not let through. */
  readonly refused: readonly string[];
  /** What the kernel's tables could not hold of the policy. */
  readonly leftOut: readonly string[];
}

/** Learned from all runs but this one. */
export function heldOutRun({ workload, runs }: Recording, held: number): HeldOutRun {
  const before = new Set(runs.filter((_, run) => run !== held).flat());
  const asked = runs[held] ?? [];
  const { compiled } = asLearned(workload, profileOf(before), 0);
  const isRefused = (text: string) => {
    const behaviour = parseBehaviour(text);
    const act = behaviour && actOf(behaviour);
    return act !== undefined && judge(compiled, act).outcome !== "allow";
  };
  const facetOf = (text: string) => text.slice(0, text.indexOf(" "));
  return {
    learned: byFacet((facet) => [...before].filter((text) => facetOf(text) === facet).length),
    entries: byFacet((facet) => compiled.tables[facet].entries.length),
    asked: asked.length,
    unseen: asked.filter((text) => !before.has(text)).length,
    refused: asked.filter(isRefused),
    leftOut: leftOutOf(compiled),
  };
}

function leftOutOf(compiled: Compiled): readonly string[] {
  const secret = new Uint8Array(16);
  const lowering = lower(compiled, { secret, calls: systemCallNames(), generation: 1 });
  const found = "refused" in lowering ? lowering.refused : lowering.shortfalls;
  return found.flatMap(({ facet, says }) =>
    says.startsWith("left out") ? [`${facet}: ${says}`] : [],
  );
}

function byFacet(count: (facet: LearnedFacet) => number): HeldOutRun["entries"] {
  return Object.fromEntries(
    learnedFacets.map((facet) => [facet, count(facet)] as const).filter(([, many]) => many > 0),
  );
}

const entry: Entry = {
  instances: [{ name: "0/recorded", atMs: 0 }],
  more: false,
  templates: [{ name: "recorded", atMs: 0 }],
  init: true,
  steady: true,
  asCalled: false,
  identities: [],
};

function profileOf(texts: Iterable<string>): Profile {
  const byFacets = Map.groupBy(texts, (text) => parseBehaviour(text)?.facet);
  const facets = { ...emptyProfile.facets };
  for (const facet of learnedFacets) {
    const entries = new Map((byFacets.get(facet) ?? []).map((text) => [text, entry]));
    facets[facet] = { entries };
  }
  return { ...emptyProfile, facets };
}
