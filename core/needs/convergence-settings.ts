/** When a policy takes learning for complete: its fields as the gates ask for them. */
import type { Policy } from "../policy/policy.ts";
import { usualConvergence, type ConvergenceSettings } from "../profile/convergence.ts";

export function convergenceSettings(learning: Policy["learning"]): ConvergenceSettings {
  const { durationMs, minSamples, minInstances, quietPeriodMs, maxUnseenMass } = learning;
  const { lifecycleAware } = learning;
  const floors = { durationMs, minSamples, minInstances };
  const fields = { ...floors, quietPeriodMs, maxUnseenMass, lifecycleAware };
  return { ...usualConvergence, ...fields };
}
