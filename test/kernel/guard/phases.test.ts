/** What prove-phases.ts says, on this kernel. */
import { describe } from "vitest";
import { cannotSense } from "../pahlevan.ts";
import { phasesTrial } from "./phases-trial.ts";
import { provePhases } from "./prove-phases.ts";

describe.skipIf(cannotSense !== undefined)(`on this kernel (${cannotSense ?? "as root"})`, () => {
  if (cannotSense !== undefined) return;
  const result = phasesTrial();
  // Nobody waits for it yet.
  result.catch(() => undefined);
  provePhases(result);
});
