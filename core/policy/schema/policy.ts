/** PahlevanPolicy: the one definition that types, CRD, reference and editor schema come from. */
import * as z from "zod";
import { fields, list, wrong } from "./build.ts";
import { enforcement } from "./enforcement.ts";
import { selfHealing } from "./healing.ts";
import { learning } from "./learning.ts";
import { metadata } from "./metadata.ts";
import { observability, webhook } from "./observability.ts";
import { selector } from "./selector.ts";
import { status } from "./status.ts";

export const group = "policy.pahlevan.io";
export const version = "v1alpha1";
export const apiVersion = `${group}/${version}`;
export const kind = "PahlevanPolicy";

const spec = fields(
  {
    selector,
    learning: learning.exactOptional(),
    enforcement: enforcement.exactOptional(),
    selfHealing: selfHealing.exactOptional(),
    observability: observability.exactOptional(),
    webhooks: list(webhook, 16, {
      description: "Who gets events as JSON.",
      absent: [],
    }).exactOptional(),
  },
  { description: "What is wanted." },
);

/** A policy without its status, which is nobody's wish. */
export const policySchema = fields(
  {
    apiVersion: z.literal(apiVersion, wrong(apiVersion)).meta({ description: "" }),
    kind: z.literal(kind, wrong(kind)).meta({ description: "" }),
    metadata,
    spec,
  },
  { description: "What workloads may do, how that is learned, and what is done about the rest." },
);

export { status as statusSchema };

/** As YAML and JSON write it. */
export type PolicyDocument = z.input<typeof policySchema>;
/** As it was written, with every value read. */
export type PahlevanPolicy = z.output<typeof policySchema>;
export type PolicyStatus = z.output<typeof status>;
