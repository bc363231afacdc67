/**
 * How far a policy is with one workload, and the tables that this makes: a pure function of the
 * policy, the profile and where it stood before.
 */
import type { LearnedFacet } from "../behaviour/behaviour.ts";
import { compile } from "../policy/compile/compile.ts";
import type { Compiled } from "../policy/compile/compiled.ts";
import { atMostMonitored, lettingUnlisted } from "../policy/compile/loosened.ts";
import { dryRun, type DryRun } from "../policy/compile/start-up.ts";
import type { Policy } from "../policy/policy.ts";
import type { Problem } from "../policy/problem.ts";
import { convergenceOf, waitsFor, type Convergence } from "../profile/convergence.ts";
import { emptyProfile, type Profile } from "../profile/profile.ts";
import { newestRollout } from "../profile/rollout.ts";
import { convergenceSettings } from "./convergence-settings.ts";
import { learnedNeeds, type Since } from "./learned-needs.ts";
import { recordedOf, recordedWithHeld } from "./recorded.ts";

/** The words of `status.phase`; the loop has more of them. */
export type Stage = "Learning" | "Review" | "Enforcing";

export interface Stood {
  readonly stage: Stage;
  /** The newest that is enforced; empty where there was never another one. */
  readonly template: string;
}

export interface Situation {
  readonly policy: Policy;
  /** Undefined: nothing was seen of it yet. */
  readonly profile: Profile | undefined;
  /** What this kernel does not show. */
  readonly blind: ReadonlySet<LearnedFacet>;
  readonly nowMs: number;
  readonly before: Stood | undefined;
}

export interface Staged extends Stood {
  /** What it waits for, or why it is where it is. */
  readonly why: string;
  readonly tables: Compiled;
  /**
   * A newer template, of which what is new is still learned: its instances have these tables, which
   * let through what nobody denies by name.
   */
  readonly newer?: { readonly template: string; readonly tables: Compiled };
  readonly convergence: Convergence;
}

export function stageOf(situation: Situation): Staged | { readonly problems: readonly Problem[] } {
  const { policy, profile = emptyProfile, blind, nowMs, before } = situation;
  const named = compile({ policy, nowMs });
  if ("problems" in named) return named;
  const tablesOf = (since?: Since) => {
    const learned = policy.learning.enabled
      ? learnedNeeds(profile, { ...policy.learning, since })
      : [];
    return compile({ policy, learned, nowMs });
  };
  const whole = tablesOf();
  if ("problems" in whole) return whole;
  const settings = { ...convergenceSettings(policy.learning), blind };
  const convergence = convergenceOf(profile, nowMs, settings);
  const trial = dryRun(whole.compiled, recordedWithHeld(profile));
  const newest = newestRollout(profile.rollouts.entries.values())?.template ?? "";
  const learning = lettingUnlisted(named.compiled);
  const at = (stage: Stage, why: string, tables: Compiled): Staged => {
    return { stage, why, template: newest, tables, convergence };
  };
  const review = (why: string) => at("Review", why, atMostMonitored(whole.compiled));

  if (!policy.learning.enabled) {
    if (trial.answer === "no") return review(refusalOf(trial));
    return at("Enforcing", "nothing is learned: the policy says it all", whole.compiled);
  }
  // Where nothing is recorded any more (somebody had it forgotten), all would be denied.
  if (before?.stage === "Enforcing" && trial.answer !== "unknown") {
    const isLearned =
      before.template === newest || (convergence.converged && trial.answer === "yes");
    const since = isLearned ? undefined : "before-newest";
    const held = isLearned ? whole : tablesOf(since);
    if ("problems" in held) return held;
    // What somebody did since, and what waits for a person, loosens nothing: only an edit may.
    const still = dryRun(held.compiled, recordedOf(profile, since));
    if (still.answer === "no") return review(refusalOf(still));
    if (isLearned) return at("Enforcing", "learning is complete", held.compiled);
    const waits = convergence.converged ? refusalOf(trial) : waitsFor(convergence);
    const staged = at("Enforcing", `a newer template is learned: ${waits}`, held.compiled);
    const { template } = before;
    return { ...staged, template, newer: { template: newest, tables: learning } };
  }
  if (!convergence.converged) return at("Learning", waitsFor(convergence), learning);
  if (trial.answer !== "yes") return review(refusalOf(trial));
  return policy.learning.autoTransition
    ? at("Enforcing", "learning is complete", whole.compiled)
    : review(
        "learning is complete, and learning.autoTransition is off: a person has to switch it on",
      );
}

/** The first of them ends the start; the others are counted. */
function refusalOf(trial: DryRun): string {
  if (trial.answer === "yes") return "";
  if (trial.answer === "unknown") return `refused: ${trial.says}`;
  const [first, ...others] = trial.refusals;
  const more = others.length === 0 ? "" : ` (and ${others.length} more)`;
  return `refused: ${first?.says ?? "it would deny the workload its own work"}${more}`;
}
