/**
 * What is learned of a command is kept to the peer that comes in, the file that becomes code and
 * the namespace that is made, where hooks refuse: in VMs.
 */
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { guestsOf } from "../vm/guests.ts";
import { trialInVm } from "../vm/trial-in-vm.ts";
import { vmUnavailable, type VmOptions } from "../vm/vm.ts";
import type { Narrow } from "./narrow-trial.ts";

const missing = vmUnavailable();
const guests = guestsOf<Pick<VmOptions, "kernel">>([{ kernel: "7" }], [{ kernel: "6.1" }]);

for (const { kernel } of guests)
  describe.skipIf(missing !== undefined)(`on kernel ${kernel} (${missing ?? "in a VM"})`, () => {
    test(
      "a held command keeps to its peers, its libraries and its namespaces",
      { timeout: 1_200_000 },
      async () => {
        const script = [join(import.meta.dirname, "narrow-trial.ts")] as const;
        const { waiting, exit, cameIn, decisions } = await trialInVm({ kernel }, script, isNarrow);
        // A person has not allowed the namespace yet.
        expect(waiting).toBe(3);
        // Each of its own acts went as before, and the one beyond them did not.
        expect(exit).toBe(0);
        expect(cameIn).toEqual({ "10.77.7.7": false, "127.0.0.1": true });
        expect(new Set(decisions)).toEqual(
          new Set(["deny file /data.so exec", "deny network tcp/10.77.7.7:7790/in accept"]),
        );
      },
    );
  });

function isNarrow(said: unknown): said is Narrow {
  return typeof said === "object" && said !== null && "cameIn" in said && "decisions" in said;
}
