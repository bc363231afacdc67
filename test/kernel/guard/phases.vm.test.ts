/** What prove-phases.ts says, in a VM where hooks refuse. */
import { join } from "node:path";
import { describe } from "vitest";
import { trialInVm } from "../vm/trial-in-vm.ts";
import { vmUnavailable } from "../vm/vm.ts";
import type { PhasesTrial } from "./phases-trial.ts";
import { provePhases } from "./prove-phases.ts";

function isTrial(said: unknown): said is PhasesTrial {
  return typeof said === "object" && said !== null && "tooLate" in said && "found" in said;
}

const missing = vmUnavailable();
describe.skipIf(missing !== undefined)(`on kernel 7 (${missing ?? "in a VM"})`, () => {
  if (missing !== undefined) return;
  const script = join(import.meta.dirname, "phases-trial.ts");
  const result = trialInVm({ kernel: "7" }, [script], isTrial);
  // Nobody waits for it yet.
  result.catch(() => undefined);
  provePhases(result);
});
