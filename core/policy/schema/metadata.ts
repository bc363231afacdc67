/** The part of a policy that every Kubernetes object has. */
import * as z from "zod";
import { fields, matching } from "./build.ts";

const nameTakes = "lower-case letters, digits, - and ., at most 253 (a DNS subdomain)";
const namePattern = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/;
const namespacePattern = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/;

const byServer = () => z.unknown().meta({ description: "Set by the API server." });

export const metadata = fields(
  {
    name: matching(namePattern, 253, nameTakes, { description: "Unique in its namespace." }),
    namespace: matching(namespacePattern, 63, "a namespace's name", {
      description: "Whose workloads the policy may rule. In a file for one host it may be absent.",
      absent: "host",
    }).exactOptional(),
    labels: z
      .record(z.string(), z.string())
      .meta({ description: "Labels of the policy itself." })
      .exactOptional(),
    annotations: z
      .record(z.string(), z.string())
      .meta({ description: "Annotations of the policy itself." })
      .exactOptional(),
    creationTimestamp: byServer().exactOptional(),
    deletionGracePeriodSeconds: byServer().exactOptional(),
    deletionTimestamp: byServer().exactOptional(),
    finalizers: byServer().exactOptional(),
    generateName: byServer().exactOptional(),
    generation: byServer().exactOptional(),
    managedFields: byServer().exactOptional(),
    ownerReferences: byServer().exactOptional(),
    resourceVersion: byServer().exactOptional(),
    selfLink: byServer().exactOptional(),
    uid: byServer().exactOptional(),
  },
  { description: "Name and labels, as of every Kubernetes object." },
);
