/** Where a held workload is, in words and figures: for who asks the agent. */
import { nextOf } from "@pahlevan/core/loop/next.ts";
import type { LoopSettings } from "@pahlevan/core/loop/settings.ts";
import type { CutOff } from "./cut-off.ts";
import type { Held } from "./held.ts";
import type { Surroundings } from "./held-workload.ts";
import type { KernelTables } from "./kernel-tables.ts";
import { modeOf } from "./tally.ts";

export interface Asking {
  readonly kernel: Pick<KernelTables, "isSteady">;
  readonly cutOff: Pick<CutOff, "isCut" | "whyNot">;
  readonly settings: LoopSettings;
  readonly cgroupOf: (slot: number) => bigint | undefined;
}

export function statusOf(held: Held, around: Surroundings, asking: Asking) {
  const { workload, instances, tally } = held;
  const { loop, assessment } = workload;
  const { phase, why, sinceMs, step, question, verdict, candidates, loosened } = loop;
  const slots = [...instances.keys()];
  const world = workload.worldOf(around);
  const holds = [...instances.values()].map(({ id }) => workload.holdOf(id));
  return {
    policy: workload.policy.name,
    namespace: workload.policy.namespace,
    workload: workload.name.workload,
    mode: workload.policy.mode,
    phase,
    why: workload.refused ?? (phase === "Learning" ? world?.learning.waitsFor : why) ?? why,
    sinceMs,
    step,
    next: world === undefined ? [] : nextOf(loop, world, asking.settings),
    question,
    verdict: verdict?.says,
    candidates: candidates.map(({ behaviour, expiresMs }) => ({ behaviour, expiresMs })),
    loosened: loosened.map(({ facet }) => facet),
    transitions: loop.transitions,
    progress: assessment?.convergence.progress ?? 0,
    converged: assessment?.learning.converged ?? false,
    newer: assessment?.newer,
    generation: workload.generation,
    instances: slots.length,
    enforcing: holds.filter((hold) => modeOf(hold) === "enforce").length,
    failures: tally.failures,
    cut: cutOf(held, asking),
    /** Of these, those whose start is not over. */
    starting: slots.filter((slot) => !asking.kernel.isSteady(slot)).length,
    shortfalls: workload.shortfalls,
    tables: assessment?.whole,
    refused: workload.refused !== undefined,
  };
}

/** What quarantine does about connections that stand. */
function cutOf({ instances, tally }: Held, { cutOff, cgroupOf }: Asking) {
  const slots = [...instances.keys()];
  const cgroups = slots.flatMap((slot) => cgroupOf(slot) ?? []);
  return {
    instances: cgroups.filter((cgroupId) => cutOff.isCut(cgroupId)).length,
    packets: tally.packetsCut(slots),
    refused: [...new Set(cgroups.flatMap((cgroupId) => cutOff.whyNot(cgroupId) ?? []))],
  };
}
