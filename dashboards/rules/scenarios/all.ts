/** Every situation that the rules are tested in. */
import { canaryScenarios } from "./canary.ts";
import { loopScenarios } from "./loop.ts";
import { nodeScenarios } from "./node.ts";
import type { Scenario } from "./scenario.ts";
import { violationScenarios } from "./violations.ts";

export const scenarios: readonly Scenario[] = [
  ...loopScenarios,
  ...canaryScenarios,
  ...violationScenarios,
  ...nodeScenarios,
];
