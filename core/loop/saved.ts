/** A loop as it is kept: what cannot be read is as if it were not there. */
import * as z from "zod";
import { judgedFacets } from "../policy/compile/act.ts";
import type { Before, Loop } from "./loop.ts";
import { phases } from "./phase.ts";
import { remedies } from "./heal.ts";
import { signalKinds, sources } from "./signal.ts";

const instant = z.number();
const phase = z.enum(phases);

const signal = z.object({
  kind: z.enum(signalKinds),
  source: z.enum(sources),
  fingerprint: z.string(),
  startsAtMs: instant,
  status: z.enum(["firing", "resolved"]),
  target: z.object({
    cluster: z.string().exactOptional(),
    namespace: z.string().exactOptional(),
    policy: z.string().exactOptional(),
    workload: z.string().exactOptional(),
  }),
  by: z.string(),
  says: z.string(),
  url: z.string().exactOptional(),
  all: z.boolean().exactOptional(),
});

const verdict = z.object({
  reading: z.enum(["policy", "attack", "unclear"]),
  policy: z.number(),
  attack: z.number(),
  factors: z.array(
    z.object({
      name: z.enum(["breadth", "freshness", "health", "sensitivity", "anomaly"]),
      value: z.number(),
      says: z.string(),
    }),
  ),
  faults: z.array(z.string()),
  suspects: z.array(z.string()),
  says: z.string(),
});

const transition = z.object({
  from: phase,
  to: phase,
  step: z.number(),
  atMs: instant,
  signal: z.enum([...signalKinds, "look"]),
  cause: z.object({
    source: z.enum(sources),
    by: z.string(),
    says: z.string(),
    fingerprint: z.string().exactOptional(),
    url: z.string().exactOptional(),
  }),
  does: z.string(),
});

const quarantined = z.union([z.array(z.string()), z.literal("all")]);

const before: z.ZodType<Before> = z.object({
  phase,
  step: z.number().int().nonnegative(),
  causes: z.array(z.string()),
  quarantined: quarantined.exactOptional(),
  get before() {
    return before.exactOptional();
  },
});

export const savedLoop: z.ZodType<Loop> = z.object({
  bornMs: instant.exactOptional(),
  phase,
  sinceMs: instant,
  why: z.string(),
  step: z.number().int().nonnegative(),
  stepSinceMs: instant,
  awaits: z.literal(true).exactOptional(),
  template: z.string(),
  before: before.exactOptional(),
  alerts: z.array(
    z.object({
      signal,
      heardMs: instant,
      overMs: instant.exactOptional(),
      answer: z.string().exactOptional(),
    }),
  ),
  candidates: z.array(z.object({ behaviour: z.string(), sinceMs: instant, expiresMs: instant })),
  loosened: z.array(z.object({ facet: z.enum(judgedFacets), expiresMs: instant })),
  faults: z.record(z.string(), z.number()),
  healing: z
    .object({
      remedy: z.enum(remedies),
      sinceMs: instant,
      faults: z.array(z.string()),
      tried: z.array(z.enum(remedies)),
    })
    .exactOptional(),
  quarantined: quarantined.exactOptional(),
  verdict: verdict.exactOptional(),
  contradicts: z.literal(true).exactOptional(),
  question: z.string().exactOptional(),
  relearnedMs: instant.exactOptional(),
  returns: z.array(instant),
  transitions: z.array(transition),
});
