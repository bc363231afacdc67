/** Holds an instance to a policy, from now on. */
import type { Compiled } from "@pahlevan/core/policy/compile/compiled.ts";
import type { Shortfall } from "@pahlevan/core/policy/compile/kernel.ts";
import { lower } from "../kernel/guard/lower.ts";
import { systemCallNames } from "../kernel/names/names.ts";
import type { Sensors } from "../kernel/sensors.ts";

/** Of tables that nobody has edited yet. */
const FIRST_GENERATION = 1;

export interface Installed {
  readonly row: number;
  /** What the kernel's tables hold for more or less than the policy says. */
  readonly shortfalls: readonly Shortfall[];
}

/** Throws, with nothing changed, where the kernel cannot keep what the policy denies. */
export function install(sensors: Sensors, compiled: Compiled): Installed {
  const lowering = lower(compiled, {
    secret: sensors.secret,
    calls: systemCallNames(),
    generation: FIRST_GENERATION,
  });
  if ("refused" in lowering)
    throw new Error(lowering.refused.map(({ facet, says }) => `${facet}: ${says}`).join("; "));
  const { lowered, shortfalls } = lowering;
  return { row: sensors.guard().install(lowered), shortfalls };
}

/** A process is in the cgroup already, and has not run anything there. */
export function hold(sensors: Sensors, cgroupId: bigint, row: number): void {
  const instance = sensors.instanceOf(cgroupId);
  if (instance === undefined || !sensors.guard().bind(instance, row))
    throw new Error("the kernel knows no instance in the command's cgroup");
}
