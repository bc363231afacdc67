/**
 * What is known of a workload, for the loop that decides and for the tables that follow: has enough
 * been seen, would it work under its policy, and what of a newer template is still learned.
 */
import { parseBehaviour } from "../behaviour/behaviour-text.ts";
import type { LearnedFacet } from "../behaviour/behaviour.ts";
import type { Candidate } from "../loop/loop.ts";
import type { Learning, Trial } from "../loop/world.ts";
import { compile } from "../policy/compile/compile.ts";
import type { Compiled } from "../policy/compile/compiled.ts";
import type { Admitted } from "../policy/compile/learned.ts";
import { dryRun, type DryRun } from "../policy/compile/start-up.ts";
import type { Policy } from "../policy/policy.ts";
import type { Problem } from "../policy/problem.ts";
import { convergenceOf, waitsFor, type Convergence } from "../profile/convergence.ts";
import { emptyProfile, type Profile } from "../profile/profile.ts";
import { newestRollout } from "../profile/rollout.ts";
import { needOf } from "./behaviour-need.ts";
import { convergenceSettings } from "./convergence-settings.ts";
import { learnedNeeds, type Since } from "./learned-needs.ts";
import { recordedOf, recordedWithHeld } from "./recorded.ts";

export interface Known {
  readonly policy: Policy;
  /** Undefined: nothing was seen of it yet. */
  readonly profile: Profile | undefined;
  /** What this kernel does not show. */
  readonly blind: ReadonlySet<LearnedFacet>;
  readonly nowMs: number;
  /** The newest template that is enforced; undefined: none is. */
  readonly enforced: string | undefined;
  /** What healing lets through. */
  readonly candidates: readonly Candidate[];
}

export interface Assessment {
  readonly learning: Learning;
  readonly newest: string;
  /** When it came; undefined for the first one. */
  readonly newestSinceMs: number | undefined;
  readonly convergence: Convergence;
  /** What the policy says by name. */
  readonly named: Compiled;
  /** With what was learned, of the templates that are enforced. */
  readonly whole: Compiled;
  /** Of whose template what is new is still learned. */
  readonly newer?: string;
}

export function assess(known: Known): Assessment | { readonly problems: readonly Problem[] } {
  const { policy, profile = emptyProfile, blind, nowMs, enforced, candidates } = known;
  const tables = (learns: boolean, since?: Since) =>
    compile({
      policy,
      learned: learns ? learnedNeeds(profile, { ...policy.learning, since }) : [],
      admitted: candidates.flatMap(admittedOf),
      nowMs,
    });
  const { enabled } = policy.learning;
  const named = tables(false);
  const whole = tables(enabled);
  if ("problems" in named) return named;
  if ("problems" in whole) return whole;
  const settings = { ...convergenceSettings(policy.learning), blind };
  const convergence = convergenceOf(profile, nowMs, settings);
  const trial = trialOf(dryRun(whole.compiled, recordedWithHeld(profile)));
  const rollouts = [...profile.rollouts.entries.values()];
  const rollout = newestRollout(rollouts);
  const newest = rollout?.template ?? "";
  const assessment = {
    newest,
    newestSinceMs: rollouts.length > 1 ? rollout?.sinceMs : undefined,
    convergence,
    named: named.compiled,
  };
  const learning = {
    enabled,
    converged: convergence.converged,
    waitsFor: waitsFor(convergence),
    trial,
  };
  if (enforced === undefined)
    return { ...assessment, learning: { ...learning, own: trial }, whole: whole.compiled };
  const isLearned =
    !enabled || enforced === newest || (convergence.converged && trial.answer === "yes");
  const since = isLearned ? undefined : "before-newest";
  const held = isLearned ? whole : tables(enabled, since);
  if ("problems" in held) return held;
  // What somebody did since, and what waits for a person, loosens nothing: only an edit may.
  const own = trialOf(dryRun(held.compiled, recordedOf(profile, since)));
  return {
    ...assessment,
    learning: { ...learning, own },
    whole: held.compiled,
    ...(!isLearned && { newer: newest }),
  };
}

function admittedOf({ behaviour, expiresMs }: Candidate): Admitted[] {
  const read = parseBehaviour(behaviour);
  const need = read && needOf(read);
  return need === undefined
    ? []
    : [{ need, reason: "let through by healing, until somebody confirms it", expiresMs }];
}

/** The first refusal ends the start; the others are counted. */
function trialOf(trial: DryRun): Trial {
  if (trial.answer === "yes") return { answer: "yes", says: "" };
  if (trial.answer === "unknown") return { answer: "unknown", says: `refused: ${trial.says}` };
  const [first, ...others] = trial.refusals;
  const more = others.length === 0 ? "" : ` (and ${others.length} more)`;
  const says = `refused: ${first?.says ?? "it would deny the workload its own work"}${more}`;
  return { answer: "no", says };
}
