/** `pahlevan debug system-capabilities`: what this kernel can do for Pahlevan, and why not more. */
import { capabilitiesText, systemCapabilities } from "../kernel/capabilities.ts";
import { findHierarchy } from "../workload/hierarchy.ts";
import { valueOf, type Invocation } from "./command.ts";
import { exitCodes } from "./exit.ts";

export async function run(invocation: Invocation): Promise<number> {
  const hierarchy = await findHierarchy().catch(() => undefined);
  const report = systemCapabilities(hierarchy);
  const json = valueOf(invocation, "output") === "json";
  process.stdout.write(
    json ? `${JSON.stringify(report, undefined, 2)}\n` : capabilitiesText(report),
  );
  return report.ebpf ? exitCodes.fine : exitCodes.environment;
}
