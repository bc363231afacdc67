/** docs/reference/telemetry.md: every record, span and attribute that goes over OTLP. */
import { phases } from "@pahlevan/core/loop/phase.ts";
import { nameOf } from "../life/life.ts";
import { registry, resourceRegistry, type Attribute } from "./registry.ts";
import { schemaUrl } from "./shapes.ts";

export function telemetryPage(): string {
  return `${[
    "# Telemetry",
    "",
    "<!-- Generated from exporters/otlp/registry.ts: node tools/check-generated.ts --fix -->",
    "",
    "What the sink `otlp` sends ([how to set it up](../exporters/otlp.md)). Names are stable: one is",
    "added, or a new one beside it, but none changes what it means. Names of OpenTelemetry's own are",
    `those of <${schemaUrl}>, with the stability that they have there.`,
    "",
    "## Log records",
    "",
    "The time is when it happened, the observed time when it was sent. The body is a short sentence;",
    "what a program needs is in the attributes. The severity is in the last column.",
    "",
    "| event name | what | severity |",
    "|---|---|---|",
    ...Object.entries(events).map(
      ([name, [says, severity]]) => `| \`${name}\` | ${says} | ${severity} |`,
    ),
    "",
    "## Spans",
    "",
    "A policy's life with a workload is one trace. Its ids are made of the host's, the policy's and",
    "the workload's names and of when it began, so they stay the same over restarts. A record that",
    "happens in a phase carries that phase's span, which is sent when the phase ends.",
    "",
    "| span | what |",
    "|---|---|",
    "| `pahlevan.policy` | The root: sent with the first transition, so that the trace has one while the policy lives. |",
    ...phases.map((phase) => `| \`${nameOf(phase)}\` | ${staysIn[phase]} |`),
    "",
    "A span has failed (status `ERROR`, with the reason) where what was tried did not hold: a canary,",
    "an enforcing or a remedy that was left for healing, a step back or a roll-back which no person",
    "had asked for.",
    "",
    "## Metrics",
    "",
    "Those of [docs/metrics.md](../metrics.md), by the same names, with the labels as attributes.",
    "Counters are monotonic sums, histograms have explicit bounds. Units are `s`, `By` and `1` where",
    "the name ends in `_seconds`, `_bytes` or `_ratio`, and empty elsewhere.",
    "",
    "## The resource",
    "",
    "The agent on its host, never a pod. `resource-attributes` adds to it, and replaces.",
    "",
    ...tableOf(resourceRegistry),
    "",
    "## Attributes of records and spans",
    "",
    "A record carries those that it has something to say for. A text is cut after 4096 characters, a",
    "list after 128 items.",
    "",
    ...tableOf(registry),
  ].join("\n")}\n`;
}

const events = {
  "pahlevan.decision": [
    "A policy decided about an act.",
    "info, warning (alert), error (deny, kill)",
  ],
  "pahlevan.behaviour.first_seen": ["A workload did something for the first time.", "debug"],
  "pahlevan.behaviour.seen": ["It did something again, where that was asked for.", "debug"],
  "pahlevan.instance.started": ["An instance of a workload has started.", "debug"],
  "pahlevan.instance.ended": ["It has ended.", "debug"],
  "pahlevan.profile.converged": ["Learning has seen enough.", "info"],
  "pahlevan.loop.transition": [
    "A policy's loop went from one phase to another.",
    "info; warning (Healing), error (RolledBack), critical (Quarantine, Emergency)",
  ],
  "pahlevan.loop.notice": [
    "Somebody is to look.",
    "critical (page), error (fail), warning (ask), info (propose)",
  ],
} as const;

const staysIn = {
  Pending: "Until the first instance is seen.",
  Learning: "A run of learning.",
  Review: "A person or an alert has to say that it goes on.",
  Canary: "One step of a rollout: `pahlevan.loop.step`.",
  Enforcing: "In force on every instance.",
  Healing: "One remedy that is tried.",
  RolledBack: "Nothing that was learned is enforced.",
  Quarantine: "It reaches nobody.",
  Emergency: "Nothing is refused.",
  Suspended: "The loop stands still.",
} as const;

function tableOf(attributes: Readonly<Record<string, Attribute>>): string[] {
  return [
    "| attribute | type | stability | what |",
    "|---|---|---|---|",
    ...Object.entries(attributes).map(
      ([name, { type, stability, says }]) => `| \`${name}\` | ${type} | ${stability} | ${says} |`,
    ),
  ];
}
