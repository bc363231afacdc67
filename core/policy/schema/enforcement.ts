/** spec.enforcement: what is done about what a policy does not allow. */
import { defaults } from "../defaults.ts";
import { choice, fields, flag, list, ruled } from "./build.ts";
import {
  capabilities,
  files,
  modeText,
  network,
  processes,
  syscalls,
  writtenModes,
} from "./facets.ts";
import { duration, step } from "./values.ts";

const absent = defaults.enforcement;

const canary = fields(
  {
    steps: list(step, 32, {
      description: "How many instances enforce at each step. After the last one, all of them do.",
      absent: absent.canary.steps,
    }).exactOptional(),
    stepDuration: duration(
      "How long a step has to be healthy before the next.",
      absent.canary.stepDuration,
    ).exactOptional(),
  },
  { description: "How enforcing spreads over a workload's instances." },
);

export const facetFields = ["syscalls", "network", "files", "processes", "capabilities"] as const;
const each = (says: (facet: string) => string) =>
  facetFields.map((facet) => `(${says(facet)})`).join(" && ");

export const enforcement = ruled(
  fields(
    {
      mode: choice(writtenModes, {
        description: `The mode: ${modeText}.`,
        absent: absent.mode,
      }).exactOptional(),
      blockUnknown: flag({
        description:
          "Deny what is neither allowed by name nor learned. Without, only what is denied by name is denied.",
        absent: absent.blockUnknown,
      }).exactOptional(),
      alertOnly: flag({
        description: "The same as mode: alert.",
        absent: absent.alertOnly,
      }).exactOptional(),
      syscalls: syscalls.exactOptional(),
      network: network.exactOptional(),
      files: files.exactOptional(),
      processes: processes.exactOptional(),
      capabilities: capabilities.exactOptional(),
      canary: canary.exactOptional(),
    },
    {
      description:
        "What is done about what the policy does not allow. An explicit deny comes before an " +
        "exception, that before what is allowed by name, that before what was learned, and last " +
        "comes blockUnknown.",
    },
  ),
  [
    {
      cel: "!(has(self.alertOnly) && self.alertOnly && has(self.mode) && self.mode in ['enforce', 'disabled'])",
      message:
        "alertOnly: true contradicts mode: enforce and mode: disabled; leave one of the two out",
      path: ["alertOnly"],
      holds: ({ alertOnly, mode }) => !(alertOnly && (mode === "enforce" || mode === "disabled")),
    },
    {
      cel: `!(has(self.alertOnly) && self.alertOnly) || (${each(
        (facet) =>
          `!has(self.${facet}) || !has(self.${facet}.mode) || self.${facet}.mode != 'enforce'`,
      )})`,
      message:
        "alertOnly: true contradicts a facet with mode: enforce; write mode: alert instead, which leaves facets their own",
      path: ["alertOnly"],
      holds: (spec) =>
        !spec.alertOnly || facetFields.every((facet) => spec[facet]?.mode !== "enforce"),
    },
    {
      cel: `!(has(self.mode) && self.mode == 'disabled') || (${each(
        (facet) =>
          `!has(self.${facet}) || !has(self.${facet}.mode) || self.${facet}.mode == 'disabled'`,
      )})`,
      message:
        "mode: disabled switches every facet off, and a facet has a mode of its own; leave one of the two out",
      path: ["mode"],
      holds: (spec) =>
        spec.mode !== "disabled" ||
        facetFields.every((facet) => (spec[facet]?.mode ?? "disabled") === "disabled"),
    },
  ],
);
