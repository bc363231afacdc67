/** What prove-restarts.ts says, in VMs where hooks refuse. */
import { join } from "node:path";
import { describe } from "vitest";
import { buildAct } from "../stage/build.ts";
import { guestsOf } from "../vm/guests.ts";
import { trialInVm } from "../vm/trial-in-vm.ts";
import { vmUnavailable, type VmOptions } from "../vm/vm.ts";
import { proveRestarts } from "./prove-restarts.ts";
import type { Restarts } from "./restarts.ts";

type Guest = Pick<VmOptions, "kernel"> & { readonly title: string };

const always: readonly Guest[] = [{ title: "6.1", kernel: "6.1" }];
const onDemand: readonly Guest[] = [
  { title: "7", kernel: "7" },
  { title: "6.12", kernel: "6.12" },
];
const guests = guestsOf(always, onDemand);
/** A start takes an emulated machine ten times as long as this one. */
const starts = "10";

async function inVm(machine: Omit<Guest, "title">): Promise<Restarts> {
  await buildAct();
  return trialInVm(machine, [join(import.meta.dirname, "restarts.ts"), starts], isRestarts);
}

function isRestarts(said: unknown): said is Restarts {
  return typeof said === "object" && said !== null && "cameThrough" in said && "held" in said;
}

const missing = vmUnavailable();
for (const { title, ...machine } of guests)
  describe.skipIf(missing !== undefined)(`on kernel ${title} (${missing ?? "in a VM"})`, () => {
    proveRestarts(() => inVm(machine), true);
  });
