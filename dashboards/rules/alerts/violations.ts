/** What a policy in force denies: bursts, attacks, and harm to many workloads at once. */
import { span, type Pace } from "../pace.ts";
import { during, lines, onTarget, suspected } from "../promql.ts";
import { recorded } from "../recordings.ts";
import type { Alert } from "../rule.ts";
import { who } from "./words.ts";

/** `selfHealing.rollbackThreshold`, as a policy has it that does not say. */
export const BURST = 5;
/** So many workloads, and such a part of them, do not fail by their own policies' faults. */
const MANY_WORKLOADS = 3;
const MANY_SHARE = 0.3;

export function violationAlerts(pace: Pace): Alert[] {
  const reaction = span(pace.reaction);
  const harmed = recorded.harmed(reaction);
  return [
    {
      name: "PahlevanViolationBurst",
      signal: "rollback",
      severity: "warning",
      forSeconds: 0,
      summary: "A policy in force denies many acts at once.",
      description:
        `${who}: {{ $value | humanize }} acts denied within ${span(pace.burst)}. The loop weighs` +
        " whether the policy is wrong or somebody is in; the count alone rolls nothing back.",
      expr: lines(
        `${recorded.denials(span(pace.burst))} >= ${BURST}`,
        `unless ${onTarget} ${during("Quarantine")}`,
      ),
      circle:
        'Only what was refused in enforce mode counts. After a rollback the same acts count as mode="' +
        'monitor", action="allow", and fire nothing. A quarantine denies much by intent, so there it is ' +
        "silent. It stays on while an attack is suspected: it is evidence for the verdict.",
      datadog: {
        query:
          "sum(last_1m):sum:pahlevan.policy_violations.count{mode:enforce AND action IN (deny,kill)}" +
          " by {cluster,namespace,workload,policy}.as_count()",
        comparison: ">=",
        threshold: BURST,
      },
    },
    {
      name: "PahlevanSuspectedAttack",
      signal: "quarantine",
      severity: "critical",
      forSeconds: 0,
      summary: "What was denied looks like an attack.",
      description: `${who}: the loop's verdict on what was denied is attack, not a wrong policy.`,
      expr: suspected,
      circle:
        "It follows the verdict alone, which neither quarantine nor what that denies changes. Resolved " +
        "it lifts nothing: only an operator ends a quarantine. So it does not look at the state, and " +
        "stays on as long as the verdict does.",
      datadog: {
        query:
          "max(last_1m):max:pahlevan.attack_suspected{*} by {cluster,namespace,workload,policy}",
        comparison: ">=",
        threshold: 1,
      },
    },
    {
      name: "PahlevanManyWorkloadsFailing",
      signal: "emergency",
      severity: "critical",
      forSeconds: pace.hold,
      summary: "Many workloads fail while their policies deny.",
      description:
        "{{ $value }} workloads{{ with $labels.cluster }} of {{ . }}{{ end }} fail while being denied " +
        `something, ${MANY_SHARE * 100} % or more of those that are held: the fault is likely Pahlevan's.`,
      expr: lines(
        `count by (cluster) (${harmed}) >= ${MANY_WORKLOADS}`,
        `and on (cluster) count by (cluster) (${harmed})`,
        `  / on (cluster) count by (cluster) (${recorded.enforced}) >= ${MANY_SHARE}`,
      ),
      circle:
        "Emergency denies nothing, so the alert resolves; what is resumed and fails again fires it again. " +
        "How often that may happen is the loop's bound (cool-down), and by default the alert alone " +
        "does not suffice: emergency takes a second source or an operator.",
      datadog: { left: "counts groups, which a query cannot" },
    },
  ];
}
