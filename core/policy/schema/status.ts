/** status: what is true in the kernel and in the loop, as the controller or the agent found it. */
import * as z from "zod";
import { phases } from "../../loop/phase.ts";
import { choice, count, fields, flag, list, matching, share, text, wrong } from "./build.ts";
import { instantPattern, instantSays } from "../values/instant.ts";

const most = Number.MAX_SAFE_INTEGER;
const at = (description: string) =>
  matching(instantPattern, 40, instantSays, { description }).meta({
    description,
    format: "date-time",
  });
const words = (description: string) => z.string(wrong("text")).max(32_768).meta({ description });
const byFacet = <S extends z.ZodType>(value: S, description: string) =>
  z.record(z.string(), value, wrong("a map by facet")).meta({ description });
const phase = (description: string) => choice(phases, { description });

const condition = fields(
  {
    type: text(316, {
      description: "Ready, LearningComplete, Enforcing, Degraded, TierLimited, …",
    }),
    status: choice(["True", "False", "Unknown"], { description: "Whether it holds." }),
    reason: text(1_024, { description: "One word for it." }),
    message: words("A sentence for it."),
    lastTransitionTime: at("Since when."),
    observedGeneration: count(0, most, {
      description: "Of which generation that is true.",
    }).exactOptional(),
  },
  { description: "As of every Kubernetes object." },
);

const transition = fields(
  {
    from: phase("The phase before."),
    to: phase("The phase after."),
    at: at("When."),
    signal: text(64, { description: "promote, advance, rollback, …" }),
    cause: fields(
      {
        source: text(64, { description: "alert, operator, timer or guard." }),
        fingerprint: text(256, { description: "Of the alert." }).exactOptional(),
        url: text(2_048, { description: "Where the alert comes from." }).exactOptional(),
      },
      { description: "Who asked for it." },
    ),
  },
  { description: "One change of phase." },
);

export const status = fields(
  {
    phase: phase("Where the policy is in the loop.").exactOptional(),
    observedGeneration: count(0, most, {
      description: "The spec that this is about.",
    }).exactOptional(),
    conditions: list(condition, 64, { description: "What holds." })
      .meta({ "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["type"] })
      .exactOptional(),
    learningComplete: flag({
      description: "Whether every gate of learning has held.",
    }).exactOptional(),
    learning: fields(
      {
        progress: share({ description: "0 to 1." }).exactOptional(),
        samples: count(0, most, { description: "Events seen." }).exactOptional(),
        behaviours: byFacet(
          count(0, most, { description: "" }),
          "Behaviours known, by facet.",
        ).exactOptional(),
        unseenMass: share({
          description: "The chance that the next behaviour is new: the worst facet's.",
        }).exactOptional(),
        quietSince: at("Since when nothing new was seen.").exactOptional(),
        lossy: flag({ description: "Whether records of some instance were lost." }).exactOptional(),
      },
      { description: "How far learning is." },
    ).exactOptional(),
    enforcement: fields(
      {
        tier: byFacet(
          text(64, { description: "" }),
          "By what each facet is enforced: the weakest of its nodes.",
        ).exactOptional(),
        instances: fields(
          {
            enforcing: count(0, most, { description: "Those that enforce." }),
            total: count(0, most, { description: "All." }),
          },
          { description: "The workload's instances." },
        ).exactOptional(),
        generation: count(0, most, { description: "Of the tables in the kernel." }).exactOptional(),
      },
      { description: "What is true in the kernel." },
    ).exactOptional(),
    violations: fields(
      {
        total: count(0, most, { description: "How many." }).exactOptional(),
        last: at("When the newest was.").exactOptional(),
      },
      { description: "What the policy did not allow." },
    ).exactOptional(),
    risk: fields(
      {
        score: z
          .number(wrong("a number from 0 to 100"))
          .min(0)
          .max(100)
          .meta({ description: "0 to 100." })
          .exactOptional(),
        level: text(32, { description: "low, medium, high or critical." }).exactOptional(),
        drivers: list(text(256, { description: "" }), 32, {
          description: "What makes it so.",
        }).exactOptional(),
      },
      { description: "How exposed the workload is." },
    ).exactOptional(),
    transitions: list(transition, 20, {
      description: "The newest 20 changes of phase.",
    }).exactOptional(),
  },
  { description: "What was found. Written by Pahlevan; in a file it says nothing." },
);
