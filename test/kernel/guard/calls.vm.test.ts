/**
 * What a policy denies of system calls is stopped at their functions, so that nothing runs at the
 * entry of all: in VMs, whose kernels have such places.
 */
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { buildAct } from "../stage/build.ts";
import { guestsOf } from "../vm/guests.ts";
import { trialInVm } from "../vm/trial-in-vm.ts";
import { vmUnavailable, type VmOptions } from "../vm/vm.ts";
import type { CallsTrial, Through } from "./calls-trial.ts";

const missing = vmUnavailable();
const guests = guestsOf<Pick<VmOptions, "kernel">>([{ kernel: "7" }], [{ kernel: "6.12" }]);
const within = { timeout: 1_200_000 };

for (const { kernel } of guests)
  describe.skipIf(missing !== undefined)(`on kernel ${kernel} (${missing ?? "in a VM"})`, () => {
    let it: CallsTrial;
    beforeAll(async () => {
      await buildAct();
      const script = [join(import.meta.dirname, "calls-trial.ts")] as const;
      it = await trialInVm({ kernel }, script, isTrial);
    }, within.timeout);

    const all: Through = { first: true, second: true, never: true, of32Bits: true };
    const first: Through = { ...all, first: false, of32Bits: false };
    const both: Through = { ...first, second: false };

    test("it is stopped there, by either numbering, and nothing else is", () => {
      expect(it.guarded).toEqual(first);
      expect(it.watched).toBe(false);
    });
    test("nobody else's is", () => {
      expect(it.beside).toEqual(all);
    });
    test("they are fewer functions than the kernel has", () => {
      expect(it.functions).toBeGreaterThan(300);
      expect(it.functions).toBeLessThan(900);
    });
    test("an edit that denies more does so at once, and still does later", () => {
      expect(it.edited).toEqual([both, both]);
    });
    test("it stays so without an agent, until it is lifted", () => {
      expect(it.withoutAgent).toEqual(both);
      expect(it.lifted).toEqual(all);
    });
    test("each that was stopped under an agent is told of, once", () => {
      const times = Map.groupBy(it.decisions, (each) => each);
      const counted = Object.fromEntries([...times].map(([each, those]) => [each, those.length]));
      expect(counted).toEqual({
        "kill sched_rr_get_interval": 3,
        "kill sched_rr_get_interval (32-bit, unless x32)": 3,
        "kill getpriority": 2,
      });
    });
  });

function isTrial(said: unknown): said is CallsTrial {
  return typeof said === "object" && said !== null && "guarded" in said && "decisions" in said;
}
