/** What survives a restart of policies on this host, beside their loops, as the store keeps it. */
import * as z from "zod";
import type { PolicyState } from "../store/policies.ts";

export interface HostState {
  /** The highest that any tables had. */
  readonly generation: number;
  /** By "namespace/policy workload": the cgroups under which it comes again. */
  readonly paths: ReadonlyMap<string, readonly string[]>;
}

const stateSchema = z.object({
  generation: z.number().int().nonnegative(),
  workloads: z.record(z.string(), z.object({ paths: z.array(z.string()).default([]) })),
});

/** What cannot be read is as if it were not there. */
export function readState(states: readonly PolicyState[]): HostState {
  const read = states.flatMap(({ namespace, name, state }) => {
    const found = stateSchema.safeParse(jsonIn(state));
    return found.success ? [{ id: `${namespace}/${name}`, ...found.data }] : [];
  });
  return {
    generation: Math.max(0, ...read.map(({ generation }) => generation)),
    paths: new Map(
      read.flatMap(({ id, workloads }) =>
        Object.entries(workloads).map(
          ([workload, { paths }]) => [`${id} ${workload}`, paths] as const,
        ),
      ),
    ),
  };
}

export function writeState({ generation, paths }: HostState, nowMs: number): PolicyState[] {
  const byPolicy = Map.groupBy(paths, ([key]) => key.slice(0, key.indexOf(" ")));
  return [...byPolicy].map(([id, kept]) => ({
    namespace: id.slice(0, id.indexOf("/")),
    name: id.slice(id.indexOf("/") + 1),
    state: JSON.stringify({
      generation,
      workloads: Object.fromEntries(
        kept.map(([key, of]) => [key.slice(key.indexOf(" ") + 1), { paths: of }]),
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
