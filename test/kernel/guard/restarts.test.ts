/**
 * A service is held from its first moment at each start, by the kernel itself: on this kernel, and
 * in VMs where hooks refuse.
 */
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { cannotSense } from "../pahlevan.ts";
import { buildAct } from "../stage/build.ts";
import { trialInVm } from "../vm/trial-in-vm.ts";
import { vmUnavailable, type VmOptions } from "../vm/vm.ts";
import { restarts, type CameThrough, type Restarts } from "./restarts.ts";

type Guest = Pick<VmOptions, "kernel"> & { readonly title: string };

/** Two agents start in it, one after the other: it takes a VM some minutes. */
const always: readonly Guest[] = [{ title: "6.1", kernel: "6.1" }];
const onDemand: readonly Guest[] = [
  { title: "7", kernel: "7" },
  { title: "6.12", kernel: "6.12" },
];
const guests = process.env["PAHLEVAN_KERNELS"] === "all" ? [...always, ...onDemand] : always;
const within = { timeout: 1_200_000 };

async function inVm(machine: Omit<Guest, "title">): Promise<Restarts> {
  await buildAct();
  return trialInVm(machine, [join(import.meta.dirname, "restarts.ts")], isRestarts);
}

function isRestarts(said: unknown): said is Restarts {
  return typeof said === "object" && said !== null && "cameThrough" in said && "held" in said;
}

function prove(begin: () => Promise<Restarts>, expectsRefusal?: true): void {
  let result: Restarts;
  beforeAll(async () => void (result = await begin()), within.timeout);

  test.for([
    ["under an agent", "starts"],
    ["without an agent", "starts"],
    ["under the next agent", "few"],
  ] as const)("%s nothing that is denied comes through, whatever it does first", ([when, many]) => {
    const { [many]: times, refuses, cameThrough } = result;
    if (expectsRefusal) expect(refuses).toBe(true);
    // Where no hook refuses a file, it is told of: below.
    const none = { exec: 0, network: 0, file: refuses ? 0 : times, syscall: 0 };
    expect(cameThrough[when]).toEqual(none);
  });
  test("each start is decided about once, and told of", () => {
    const { starts, decided } = result;
    expect(decided).toEqual({ exec: starts, network: starts, file: starts, syscall: starts });
  });
  test.for(["after an edit that lets it", "after its policy was removed", "after all was lifted"])(
    "%s it is let",
    (when) => {
      const let_: CameThrough = { exec: 1, network: 1, file: 1, syscall: 1 };
      expect(result.cameThrough[when]).toEqual(let_);
    },
  );
  test("the agent knows each by its policy, as the only one", () => {
    const again = "pahlevan-test-again.service by again: Enforcing";
    expect(new Set(result.held)).toEqual(new Set([again]));
  });
}

describe.skipIf(cannotSense !== undefined)(`on this kernel (${cannotSense ?? "as root"})`, () => {
  prove(restarts);
});

const missing = vmUnavailable();
for (const { title, ...machine } of guests)
  describe.skipIf(missing !== undefined)(`on kernel ${title} (${missing ?? "in a VM"})`, () => {
    prove(() => inVm(machine), true);
  });
