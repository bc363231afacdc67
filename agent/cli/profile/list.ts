/** `pahlevan profile list`: what is stored of which workload, and how far learning is. */
import { percent } from "@pahlevan/core/profile/gate.ts";
import { learningReport, type LearningReport } from "../../learn/report.ts";
import { reasonOf, StoreError } from "../../store/error.ts";
import type { Profiles } from "../../store/profiles.ts";
import { workloadText, type WorkloadName } from "../../store/workload-name.ts";
import { valueOf, type Invocation } from "../command.ts";
import { exitCodes } from "../exit.ts";
import { settingsOf } from "../settings.ts";
import { safe } from "../text/safe.ts";
import { table } from "../text/table.ts";
import { existingStore } from "./sources.ts";

interface Row extends WorkloadName {
  readonly savedMs: number;
  readonly learning: LearningReport;
}
interface Damaged extends WorkloadName {
  readonly error: string;
}

export async function run(invocation: Invocation): Promise<number> {
  using store = existingStore(await settingsOf(invocation));
  const nowMs = Date.now();
  const found = store.profiles.names().map((name) => rowOf(store.profiles, name, nowMs));
  const rows = found.filter((each) => "learning" in each);
  const damaged = found.filter((each) => "error" in each);
  if (valueOf(invocation, "output") === "json") {
    const listed = rows.map(({ namespace, workload, savedMs, learning }) => {
      const { converged, behaviours, status } = learning;
      return { namespace, workload, savedMs, behaviours, converged, ...without(status) };
    });
    console.log(JSON.stringify({ profiles: listed, errors: damaged }, undefined, 2));
  } else {
    process.stdout.write(table([head, ...rows.map(cells)]));
    for (const { error } of damaged) console.error(`✗ ${error}`);
  }
  return damaged.length > 0 ? exitCodes.found : exitCodes.fine;
}

/** By facet it is too much for a list. */
function without({ progress, samples, instances, held, waitsFor }: LearningReport["status"]) {
  return { progress, samples, instances, held, waitsFor };
}

function rowOf(profiles: Profiles, name: WorkloadName, nowMs: number): Row | Damaged {
  try {
    const stored = profiles.read(name);
    if (stored === undefined) return { ...name, error: `${workloadText(name)} is gone meanwhile` };
    const { profile, blind, savedMs } = stored;
    return { ...name, savedMs, learning: learningReport(profile, blind, nowMs) };
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    return { ...name, error: reasonOf(error) };
  }
}

const head = ["WORKLOAD", "BEHAVIOURS", "INSTANCES", "HELD", "LEARNED"];

function cells({ learning, ...name }: Row): string[] {
  const { behaviours, status, converged } = learning;
  const { whole, lossy, adopted } = status.instances;
  const others = lossy + adopted;
  return [
    safe(workloadText(name)),
    String(behaviours),
    others === 0 ? String(whole) : `${whole} (+${others} not whole)`,
    status.held === 0 ? "-" : String(status.held),
    converged ? "complete" : percent(status.progress),
  ];
}
