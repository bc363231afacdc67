/** What a workload did, as a policy: that and nothing else. */
import { learnedNeeds } from "@pahlevan/core/needs/learned-needs.ts";
import { recordedWithHeld } from "@pahlevan/core/needs/recorded.ts";
import { compile } from "@pahlevan/core/policy/compile/compile.ts";
import type { Compiled } from "@pahlevan/core/policy/compile/compiled.ts";
import { dryRun, type DryRun } from "@pahlevan/core/policy/compile/start-up.ts";
import { normalise } from "@pahlevan/core/policy/normalise.ts";
import { apiVersion, kind } from "@pahlevan/core/policy/schema/policy.ts";
import type { Profile } from "@pahlevan/core/profile/profile.ts";

export interface AsLearned {
  readonly compiled: Compiled;
  /** Of what was recorded of it: would it still do all that? */
  readonly trial: DryRun;
}

/**
 * System calls are only watched: a kernel refuses none, and a signal for a call that an error path
 * makes once a month is no policy that lets a workload work.
 */
export function asLearned(workload: string, profile: Profile, nowMs: number): AsLearned {
  const policy = normalise({
    apiVersion,
    kind,
    metadata: { name: workload },
    spec: {
      selector: { matchLabels: { "pahlevan.io/name": workload } },
      enforcement: { mode: "enforce", blockUnknown: true, syscalls: { mode: "monitor" } },
    },
  });
  const learned = learnedNeeds(profile, policy.learning);
  const result = compile({ policy, learned, nowMs });
  if ("problems" in result) throw new Error(result.problems.map(({ says }) => says).join("; "));
  const { compiled } = result;
  return { compiled, trial: dryRun(compiled, recordedWithHeld(profile)) };
}
