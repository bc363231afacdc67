/** Which workloads a policy rules: a label selector of Kubernetes. */
import * as z from "zod";
import { choice, fields, list, matching, ruled, wrong } from "./build.ts";

const keyTakes = "a label's key, such as app or app.kubernetes.io/name";
const keyPattern =
  /^([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/;
const valueTakes = "a label's value: at most 63 letters, digits, -, _ and .";

// Labels may be empty, and images (`pahlevan.io/image` on one host) have more than labels may hold.
const value = z.string(wrong(valueTakes)).max(512, wrong(valueTakes));

const operators = ["In", "NotIn", "Exists", "DoesNotExist"] as const;
export type Operator = (typeof operators)[number];

const expression = ruled(
  fields(
    {
      key: matching(keyPattern, 317, keyTakes, { description: "The label." }),
      operator: choice(operators, { description: "How it is compared." }),
      values: list(value, 64, {
        description: "For In and NotIn: the values; for the others: none.",
        absent: [],
      }).exactOptional(),
    },
    { description: "One demand; all of them have to hold." },
  ),
  [
    {
      cel: "(self.operator in ['In', 'NotIn']) == (has(self.values) && size(self.values) > 0)",
      message: "In and NotIn need values; Exists and DoesNotExist take none",
      holds: ({ operator, values }) =>
        (operator === "In" || operator === "NotIn") === (values !== undefined && values.length > 0),
    },
  ],
);

export const selector = fields(
  {
    matchLabels: z
      .record(z.string().regex(keyPattern, wrong(keyTakes)), value, wrong("a map of labels"))
      .meta({ description: "Labels that a workload has to have, with these values.", absent: {} })
      .exactOptional(),
    matchExpressions: list(expression, 64, {
      description: "Further demands on its labels.",
      absent: [],
    }).exactOptional(),
  },
  {
    description:
      "Which workloads of the namespace the policy rules. An empty one rules all of them. On one " +
      "host a workload's labels are its container's own, and pahlevan.io/name, /unit, /image and " +
      "/runtime.",
  },
);
