/**
 * What the kernel knows of directories leaves its answers as they were: where it refuses, in VMs.
 */
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { trialInVm } from "../vm/trial-in-vm.ts";
import { vmUnavailable } from "../vm/vm.ts";
import type { Folders } from "./folders-trial.ts";

const missing = vmUnavailable();
const kernels =
  process.env["PAHLEVAN_KERNELS"] === "all" ? (["6.1", "6.12", "7"] as const) : (["6.1"] as const);

for (const kernel of kernels)
  describe.skipIf(missing !== undefined)(`on kernel ${kernel} (${missing ?? "in a VM"})`, () => {
    test(
      "thousands of acts in known directories are answered as core answers",
      { timeout: 1_200_000 },
      async () => {
        const script = [join(import.meta.dirname, "folders-trial.ts")] as const;
        const { asked, denied, wrong, below, untold } = await trialInVm(
          { kernel },
          script,
          isFolders,
        );
        expect(wrong).toEqual([]);
        expect(below).toEqual([]);
        expect(untold).toEqual([]);
        expect(asked).toBeGreaterThan(8_000);
        // Neither is everything allowed nor everything denied.
        expect(denied / asked).toBeGreaterThan(0.2);
        expect(denied / asked).toBeLessThan(0.8);
      },
    );
  });

function isFolders(said: unknown): said is Folders {
  return typeof said === "object" && said !== null && "wrong" in said && "untold" in said;
}
