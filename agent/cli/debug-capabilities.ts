/** `pahlevan debug system-capabilities`: what this kernel can do for Pahlevan, and why not more. */
import { judgedFacets } from "@pahlevan/core/policy/compile/act.ts";
import { meets } from "@pahlevan/core/policy/compile/kernel.ts";
import { kernelOf } from "../enforce/tiers.ts";
import {
  capabilitiesText,
  systemCapabilities,
  type SystemCapabilities,
} from "../kernel/capabilities.ts";
import { senseTier } from "../sense/kernel-senses.ts";
import { findHierarchy } from "../workload/hierarchy.ts";
import { valueOf, type Invocation } from "./command.ts";
import { exitCodes } from "./exit.ts";

export async function run(invocation: Invocation): Promise<number> {
  const report = await capabilities();
  const json = valueOf(invocation, "output") === "json";
  process.stdout.write(
    json
      ? `${JSON.stringify({ ...report, enforced: enforcedWith(report) }, undefined, 2)}\n`
      : textOf(report),
  );
  return report.ebpf ? exitCodes.fine : exitCodes.environment;
}

/** The same, for the bundle. */
export async function capabilitiesPage(): Promise<string> {
  return textOf(await capabilities());
}

async function capabilities(): Promise<SystemCapabilities> {
  return systemCapabilities(await findHierarchy().catch(() => undefined));
}

function textOf(report: SystemCapabilities): string {
  const tiers = enforcedWith(report);
  return capabilitiesText(
    report,
    judgedFacets.map((facet) => [facet, tiers[facet], meets(facet, tiers[facet])] as const),
  );
}

/** System calls are judged at their entry, where nothing can be refused. */
function enforcedWith({ tiers, guards }: SystemCapabilities) {
  return { ...kernelOf([...tiers, ...guards].map(senseTier)).tiers, syscall: "kill" } as const;
}
