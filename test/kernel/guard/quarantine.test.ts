/** What prove-quarantine.ts says, on this kernel. */
import { describe } from "vitest";
import { cannotSense } from "../pahlevan.ts";
import { proveQuarantine } from "./prove-quarantine.ts";
import { quarantineTrial } from "./quarantine-trial.ts";

describe.skipIf(cannotSense !== undefined)(`on this kernel (${cannotSense ?? "as root"})`, () => {
  proveQuarantine(quarantineTrial);
});
