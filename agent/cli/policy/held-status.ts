/** What a running agent tells of its policies, read from its answer. */
import * as z from "zod";
import { EnvironmentError } from "../exit.ts";

const heldSchema = z.object({
  policy: z.string(),
  namespace: z.string(),
  workload: z.string(),
  mode: z.string(),
  phase: z.string(),
  why: z.string(),
  sinceMs: z.number().optional(),
  progress: z.number(),
  generation: z.number().optional(),
  instances: z.number(),
  starting: z.number(),
  refused: z.boolean(),
  shortfalls: z.array(z.object({ facet: z.string(), says: z.string() })),
});
const answerSchema = z.object({
  policies: z.object({ held: z.array(heldSchema), problems: z.array(z.string()) }),
});

export type HeldStatus = z.infer<typeof heldSchema>;

export function heldIn(answer: unknown): z.infer<typeof answerSchema>["policies"] {
  const read = answerSchema.safeParse(answer);
  if (read.success) return read.data.policies;
  throw new EnvironmentError("the agent speaks another language: another version?");
}
