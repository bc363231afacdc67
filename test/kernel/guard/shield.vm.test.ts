/**
 * The guard protects itself: in VMs where hooks refuse, from who is held and who is in a container.
 */
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { guestsOf } from "../vm/guests.ts";
import { trialInVm } from "../vm/trial-in-vm.ts";
import { vmUnavailable, type VmOptions } from "../vm/vm.ts";
import type { ShieldTrial } from "./shield-trial.ts";

type Guest = Pick<VmOptions, "kernel" | "lsm"> & { readonly title: string };

/** Several agents start in it, one after the other: it takes a VM some minutes. */
const always: readonly Guest[] = [{ title: "6.1", kernel: "6.1" }];
const onDemand: readonly Guest[] = [
  { title: "7", kernel: "7" },
  { title: "6.1 without the BPF LSM", kernel: "6.1", lsm: false },
  { title: "7 without the BPF LSM", kernel: "7", lsm: false },
  { title: "6.12", kernel: "6.12" },
];
const guests = guestsOf(always, onDemand);
const within = { timeout: 1_200_000 };

const inVm = (machine: Omit<Guest, "title">): Promise<ShieldTrial> =>
  trialInVm(machine, [join(import.meta.dirname, "shield-trial.ts")], isTrial);

function isTrial(said: unknown): said is ShieldTrial {
  return typeof said === "object" && said !== null && "let" in said && "lifted" in said;
}

const told = [
  "bpf pahlevan's map instances",
  "bpf pahlevan's program on_unlink",
  "bpf pahlevan's link of \\S+",
  "bpf /sys/fs/bpf/pahlevan/\\S+/on_send4",
  "bpf /sys/fs/bpf/pahlevan/\\S+",
  "bpf /sys/fs/bpf",
  "bpf /sys",
  "bpf \\S+/node",
];

function prove(result: Promise<ShieldTrial>): void {
  test("nobody who is held or in a container is let to anything of it", within, async () => {
    const { "the host": _, ...others } = (await result).let;
    for (const [who, let_] of Object.entries(others))
      expect({ who, let_ }).toEqual({ who, let_: [] });
    expect(Object.keys(others)).toHaveLength(5);
  });
  test("each attempt is told, with its reason", within, async () => {
    const { decisions } = await result;
    for (const what of told)
      expect(decisions).toContainEqual(
        expect.stringMatching(`^deny ${what}: not allowed: the guard protects itself$`),
      );
  });
  test("who works on the host is let, and that is told", within, async () => {
    const { let: let_, decisions } = await result;
    expect(let_["the host"]).toEqual(["open", "take"]);
    for (const what of ["pahlevan's map instances", "\\S+/node"])
      expect(decisions).toContainEqual(
        expect.stringMatching(`^alert bpf ${what}: .*: the guard protects itself$`),
      );
  });
  test("what is denied stays denied, until the host lifts it", within, async () => {
    const { ran, replaced, lifted } = await result;
    expect(lifted.says).toMatch(/^lifted: \d+ programs/);
    expect(ran).toEqual({
      alive: false,
      "no agent": false,
      "the next agent": false,
      "the next agent has ended": false,
      lifted: true,
    });
    expect(replaced).toBe(true);
    expect(lifted.pinsLeft).toBe(false);
  });
}

const missing = vmUnavailable();
for (const { title, ...machine } of guests)
  describe.skipIf(missing !== undefined)(`on kernel ${title} (${missing ?? "in a VM"})`, () => {
    if (missing !== undefined) return;
    const result = inVm(machine);
    result.catch(() => undefined);
    prove(result);
  });
