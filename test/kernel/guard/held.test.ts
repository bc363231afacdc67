/** What prove-held.ts says, on this kernel. */
import { describe } from "vitest";
import { cannotSense } from "../pahlevan.ts";
import { proveHeld } from "./prove-held.ts";
import { trial } from "./trial.ts";

describe.skipIf(cannotSense !== undefined)(`on this kernel (${cannotSense ?? "as root"})`, () => {
  if (cannotSense !== undefined) return;
  const result = trial();
  // Nobody waits for it yet.
  result.catch(() => undefined);
  proveHeld(result);
});
