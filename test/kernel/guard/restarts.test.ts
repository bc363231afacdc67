/** What prove-restarts.ts says, on this kernel. */
import { describe } from "vitest";
import { cannotSense } from "../pahlevan.ts";
import { proveRestarts } from "./prove-restarts.ts";
import { restarts } from "./restarts.ts";

describe.skipIf(cannotSense !== undefined)(`on this kernel (${cannotSense ?? "as root"})`, () => {
  proveRestarts(() => restarts(50));
});
