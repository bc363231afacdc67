/** What a running agent says of its loops, read from its answers. */
import { phases } from "@pahlevan/core/loop/phase.ts";
import * as z from "zod";
import { askStatus } from "../../sense/control-client.ts";
import type { Invocation } from "../command.ts";
import { EnvironmentError, UsageError } from "../exit.ts";
import { nearest } from "../nearest.ts";
import { settingsOf } from "../settings.ts";

const transition = z.object({
  from: z.enum(phases),
  to: z.enum(phases),
  step: z.number(),
  atMs: z.number(),
  signal: z.string(),
  cause: z.object({
    source: z.string(),
    by: z.string(),
    says: z.string(),
    url: z.string().optional(),
  }),
  does: z.string(),
});

/** A loop as it is told, to `pahlevan loop status -o json` and over HTTP. */
export const loop = z.object({
  policy: z.string(),
  namespace: z.string(),
  workload: z.string(),
  phase: z.enum(phases),
  why: z.string(),
  sinceMs: z.number(),
  step: z.number(),
  next: z.array(
    z.object({ on: z.string(), to: z.string(), does: z.string(), waitsFor: z.array(z.string()) }),
  ),
  question: z.string().optional(),
  verdict: z.string().optional(),
  candidates: z.array(z.object({ behaviour: z.string(), expiresMs: z.number() })),
  loosened: z.array(z.string()),
  transitions: z.array(transition),
  instances: z.number(),
  enforcing: z.number(),
  /** Instances whose connections are cut, what that dropped, and why others' are not. */
  cut: z.object({ instances: z.number(), packets: z.number(), refused: z.array(z.string()) }),
  refused: z.boolean(),
});
const answer = z.object({ policies: z.object({ held: z.array(loop) }) });

export type ToldLoop = z.infer<typeof loop>;
export type ToldTransition = z.infer<typeof transition>;

/** Of an agent's status. */
export function loopOf(status: unknown): readonly ToldLoop[] {
  const read = answer.safeParse(status);
  if (read.success) return read.data.policies.held;
  throw new EnvironmentError("the agent speaks another language: another version?");
}

/** Those that the command line names, or all. */
export async function loopsFor(invocation: Invocation): Promise<readonly ToldLoop[]> {
  const { controlSocket } = await settingsOf(invocation);
  const status = await askStatus(controlSocket);
  if (status === undefined)
    throw new EnvironmentError(
      `no agent answers at ${controlSocket}: 'pahlevan up --policy FILE' runs one (and it takes root to ask)`,
    );
  const held = loopOf(status);
  if (invocation.rest.length === 0) return held;
  const known = held.flatMap(({ policy, workload }) => [policy, workload]);
  for (const name of invocation.rest) {
    if (known.includes(name)) continue;
    const near = nearest(name, known);
    const hint = near === undefined ? "" : `; did you mean ${near}?`;
    throw new UsageError(
      `${invocation.command.name}: no policy and no workload is named ${name}${hint}`,
    );
  }
  return held.filter(({ policy, workload }) => {
    return invocation.rest.includes(policy) || invocation.rest.includes(workload);
  });
}
