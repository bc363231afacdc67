/** The oldest kernel's verifier takes the programs that cut a cgroup off, and they do: in VMs. */
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { guestsOf } from "../vm/guests.ts";
import { trialInVm } from "../vm/trial-in-vm.ts";
import { vmUnavailable, type VmOptions } from "../vm/vm.ts";
import type { CutTrial } from "./cut-trial.ts";

const within = { timeout: 1_200_000 };
const missing = vmUnavailable();
const guests = guestsOf<Pick<VmOptions, "kernel">>(
  [{ kernel: "5.10" }],
  [{ kernel: "6.1" }, { kernel: "6.12" }, { kernel: "7" }],
);

for (const { kernel } of guests)
  describe.skipIf(missing !== undefined)(`on kernel ${kernel} (${missing ?? "in a VM"})`, () => {
    test("a connection that stands is cut both ways, and goes on afterwards", within, async () => {
      const script = [join(import.meta.dirname, "cut-trial.ts")] as const;
      const machine = { kernel, modules: ["veth"] };
      const { before, cut, lifted } = await trialInVm(machine, script, isTrial);
      expect(before).toEqual({ said: true, heard: true });
      expect(cut).toEqual({ said: false, heard: false });
      expect(lifted).toEqual({ said: true, heard: true });
    });
  });

function isTrial(said: unknown): said is CutTrial {
  return typeof said === "object" && said !== null && "before" in said && "lifted" in said;
}
