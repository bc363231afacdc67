/** What survives a restart of how far policies are, as the store keeps it. */
import type { Stage, Stood } from "@pahlevan/core/needs/stage.ts";
import * as z from "zod";
import type { PolicyState } from "../store/policies.ts";

interface Kept extends Stood {
  readonly sinceMs: number;
  /** Of its cgroups, where it comes again under the same. */
  readonly paths: readonly string[];
}

export interface HostState {
  /** The highest that any tables had. */
  readonly generation: number;
  /** By "namespace/policy workload". */
  readonly workloads: ReadonlyMap<string, Kept>;
}

const stages = ["Learning", "Review", "Enforcing"] as const satisfies readonly Stage[];
const stateSchema = z.object({
  generation: z.number().int().nonnegative(),
  workloads: z.record(
    z.string(),
    z.object({
      stage: z.enum(stages),
      template: z.string(),
      sinceMs: z.number(),
      // Whoever wrote it may have known of none.
      paths: z.array(z.string()).default([]),
    }),
  ),
});

/** What cannot be read is as if it were not there: its workload is reviewed anew. */
export function readState(states: readonly PolicyState[]): HostState {
  const read = states.flatMap(({ namespace, name, state }) => {
    const found = stateSchema.safeParse(jsonIn(state));
    return found.success ? [{ id: `${namespace}/${name}`, ...found.data }] : [];
  });
  return {
    generation: Math.max(0, ...read.map(({ generation }) => generation)),
    workloads: new Map(
      read.flatMap(({ id, workloads }) =>
        Object.entries(workloads).map(([workload, kept]) => [`${id} ${workload}`, kept] as const),
      ),
    ),
  };
}

export function writeState({ generation, workloads }: HostState, nowMs: number): PolicyState[] {
  const byPolicy = Map.groupBy(workloads, ([key]) => key.slice(0, key.indexOf(" ")));
  return [...byPolicy].map(([id, kept]) => ({
    namespace: id.slice(0, id.indexOf("/")),
    name: id.slice(id.indexOf("/") + 1),
    state: JSON.stringify({
      generation,
      workloads: Object.fromEntries(
        kept.map(([key, stood]) => [key.slice(key.indexOf(" ") + 1), stood]),
      ),
    }),
    savedMs: nowMs,
  }));
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
