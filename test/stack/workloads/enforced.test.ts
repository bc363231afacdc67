/**
 * Real services in real containers, learned under their load: held to that from their first exec
 * they work as before, and whoever breaks in can do nothing else. On this kernel, and in VMs.
 */
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { cannotSense } from "../../kernel/pahlevan.ts";
import { trialInVm } from "../../kernel/vm/trial-in-vm.ts";
import { vmUnavailable, type VmOptions } from "../../kernel/vm/vm.ts";
import { missing } from "../containers/command.ts";
import { workloads, type WorkloadName } from "./all.ts";
import { attacks, type Attack } from "./attacks.ts";
import { buildAttack, doorsOf, type Outcome } from "./attacker.ts";
import { trial, type Enforced, type Trial } from "./enforced.ts";
import { broken } from "./kept.ts";
import { imageOf } from "./rootfs.ts";

type Guest = Pick<VmOptions, "kernel" | "lsm"> & {
  readonly title: string;
  readonly names: readonly WorkloadName[];
};

const everything = process.env["PAHLEVAN_KERNELS"] === "all";
const all: readonly WorkloadName[] = ["nginx", "redis", "postgresql", "node"];
/** On demand: an emulated machine takes ten minutes for what this one does in half a minute. */
const guests: readonly Guest[] = everything
  ? [
      { title: "6.1", kernel: "6.1", names: all },
      { title: "7", kernel: "7", names: all },
      { title: "6.1 without the BPF LSM", kernel: "6.1", lsm: false, names: all },
    ]
  : [];
const within = { timeout: 1_200_000 };

function prove(result: Promise<Trial>, names: readonly WorkloadName[]): void {
  for (const name of names) {
    const ofIt = async (): Promise<Enforced> => {
      const found = (await result).enforced.find(({ workload }) => workload === name);
      if (found === undefined) throw new Error(`nothing is known of ${name}`);
      return found;
    };
    test(
      `${name} works as before: of its start, its load and its end nothing is refused`,
      within,
      async () => {
        const { wouldStart, underLoad } = await ofIt();
        expect(wouldStart).toBe("yes");
        expect(underLoad).toEqual([]);
      },
    );
    for (const [title, attack] of Object.entries<Attack>(attacks))
      test(`${name}, broken into: ${title}`, within, async () => {
        const { attacks: outcomes } = await ofIt();
        expect(broken(of(outcomes, title), attack, (await result).tiers)).toEqual([]);
      });
    for (const [title, door] of Object.entries(doorsOf(name)))
      test(`${name}, by a hole of its own: ${title}`, within, async () => {
        const { attacks: outcomes } = await ofIt();
        expect(broken(of(outcomes, title), door, (await result).tiers)).toEqual([]);
      });
  }
}

function of(outcomes: Enforced["attacks"], title: string): Outcome {
  const outcome = outcomes[title];
  if (outcome === undefined) throw new Error(`it was not tried: ${title}`);
  return outcome;
}

async function inVm({ kernel, lsm, names }: Guest): Promise<Trial> {
  await prepare(names);
  const machine = { kernel, ...(lsm !== undefined && { lsm }) };
  return trialInVm(machine, [join(import.meta.dirname, "enforced.ts"), ...names], isTrial);
}

/** A VM finds images and programs made. */
async function prepare(names: readonly WorkloadName[]): Promise<void> {
  await buildAttack();
  for (const name of names) await imageOf(workloads[name]);
}

function isTrial(said: unknown): said is Trial {
  return typeof said === "object" && said !== null && "enforced" in said && "tiers" in said;
}

/** A promise that nobody waits for yet may fail all the same. */
function begun(result: Promise<Trial>): Promise<Trial> {
  result.catch(() => undefined);
  return result;
}

const lacking =
  (await missing("runc", "gcc", "ip", "unshare", "apt-get", "dpkg-deb")) ?? cannotSense;
const here = lacking === undefined ? begun(trial(all)) : undefined;
describe.skipIf(here === undefined)(`on this kernel (${lacking ?? "as root"})`, () => {
  if (here !== undefined) prove(here, all);
});

const noVm = lacking ?? vmUnavailable();
let before: Promise<unknown> = here ?? Promise.resolve();
for (const guest of guests)
  describe.skipIf(noVm !== undefined)(`on kernel ${guest.title} (${noVm ?? "in a VM"})`, () => {
    if (noVm !== undefined) return;
    // One after the other: two VMs and a load would starve each other.
    const result = begun(before.catch(() => undefined).then(() => inVm(guest)));
    before = result;
    prove(result, guest.names);
  });
