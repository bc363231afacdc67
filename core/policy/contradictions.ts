/** What a policy says twice and differently, or says without effect. */
import { exceptionProblems } from "./checks/exceptions.ts";
import { overlaps } from "./checks/overlaps.ts";
import { openSecrets } from "./checks/secrets.ts";
import { canarySteps, deniesEverything, selectsEverything, takenOut } from "./checks/sense.ts";
import type { Problem } from "./problem.ts";
import type { PahlevanPolicy } from "./schema/policy.ts";

export function contradictions({ spec }: PahlevanPolicy, nowMs: number): Problem[] {
  return [
    ...selectsEverything(spec),
    ...overlaps(spec),
    ...exceptionProblems(spec, nowMs),
    ...takenOut(spec),
    ...deniesEverything(spec),
    ...canarySteps(spec),
    ...openSecrets(spec),
  ];
}
