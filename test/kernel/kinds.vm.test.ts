/**
 * The acts of kinds.test.ts on kernels of Debian's, in VMs: with the BPF LSM, without it, and where
 * cgroups are v1. Each boots once; the judging is done here.
 */
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { missing } from "../stack/containers/command.ts";
import { proveActs } from "./prove.ts";
import { buildAct } from "./stage/build.ts";
import type { Performance } from "./stage/perform.ts";
import { guestsOf } from "./vm/guests.ts";
import { runInVm, vmUnavailable, type VmOptions } from "./vm/vm.ts";

type Guest = Pick<VmOptions, "kernel" | "lsm" | "cgroup"> & { readonly title: string };

const always: readonly Guest[] = [
  { title: "6.1", kernel: "6.1" },
  { title: "6.1 without the BPF LSM", kernel: "6.1", lsm: false },
  { title: "7", kernel: "7" },
];
const onDemand: readonly Guest[] = [
  { title: "5.10", kernel: "5.10" },
  { title: "6.12", kernel: "6.12" },
  { title: "6.1 with cgroup v1", kernel: "6.1", cgroup: "v1" },
  { title: "6.1 with hybrid cgroups", kernel: "6.1", cgroup: "hybrid" },
];
const guests = guestsOf(always, onDemand);
const reason = vmUnavailable() ?? (await missing("runc", "gcc"));

if (reason === undefined) {
  // Side by side, as many as there are processors: loading the programs takes a VM half a minute.
  const lanes = availableParallelism();
  const performances: Promise<Performance>[] = [];
  for (const [index, { title: _, ...machine }] of guests.entries()) {
    const before = performances[index - lanes] ?? Promise.resolve();
    const performance = before.catch(() => undefined).then(() => performed(machine));
    performance.catch(() => undefined); // asked for below, when its turn has come
    performances.push(performance);
  }
  for (const [index, { title }] of guests.entries()) {
    describe(`kernel ${title}`, async () => {
      const [result] = await Promise.allSettled([performances[index]]);
      if (result.status === "fulfilled" && result.value) return proveActs(result.value);
      test("does every act", () => expect(performances[index]).resolves.toBeDefined());
    });
  }
} else {
  for (const { title } of guests)
    test.skip(`every kind of fact on kernel ${title} (${reason})`, () => undefined);
}

async function performed(machine: Omit<Guest, "title">): Promise<Performance> {
  await buildAct();
  const { exitCode, stdout, stderr } = await runInVm({
    ...machine,
    command: [process.execPath, join(import.meta.dirname, "acts.ts")],
    memoryMb: 1536,
    timeoutMs: 900_000,
    say: (line) => console.log(line),
  });
  if (exitCode !== 0) throw new Error(`the acts ended with code ${exitCode}\n${stderr}`);
  const said: unknown = JSON.parse(stdout);
  if (!isPerformance(said)) throw new Error(`what the acts said is no performance: ${stdout}`);
  return said;
}

function isPerformance(said: unknown): said is Performance {
  return typeof said === "object" && said !== null && "results" in said && "tiers" in said;
}
