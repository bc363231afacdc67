/** What prove-held.ts says, in VMs where hooks refuse. */
import { join } from "node:path";
import { describe } from "vitest";
import { guestsOf } from "../vm/guests.ts";
import { trialInVm } from "../vm/trial-in-vm.ts";
import { vmUnavailable, type VmOptions } from "../vm/vm.ts";
import { proveHeld } from "./prove-held.ts";
import type { Trial } from "./trial.ts";

type Guest = Pick<VmOptions, "kernel" | "lsm"> & { readonly title: string };

const always: readonly Guest[] = [
  { title: "6.1", kernel: "6.1" },
  { title: "7", kernel: "7" },
];
const onDemand: readonly Guest[] = [
  { title: "6.1 without the BPF LSM", kernel: "6.1", lsm: false },
  { title: "6.12", kernel: "6.12" },
];
const guests = guestsOf(always, onDemand);

function isTrial(said: unknown): said is Trial {
  return typeof said === "object" && said !== null && "attacked" in said && "refuses" in said;
}

const missing = vmUnavailable();
for (const { title, ...machine } of guests)
  describe.skipIf(missing !== undefined)(`on kernel ${title} (${missing ?? "in a VM"})`, () => {
    if (missing !== undefined) return;
    const result = trialInVm(machine, [join(import.meta.dirname, "trial.ts")], isTrial);
    // Nobody waits for it yet.
    result.catch(() => undefined);
    proveHeld(result, true);
  });
