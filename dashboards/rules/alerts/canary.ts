/** Forward through the canary by a healthy comparison, back by a bad one. */
import { span, type Pace } from "../pace.ts";
import { byTarget, during, lines, onTarget, onTargetAnd, suspected } from "../promql.ts";
import { recorded } from "../recordings.ts";
import type { Alert } from "../rule.ts";
import { BURST } from "./violations.ts";
import { who } from "./words.ts";

/** Counts of few instances scatter: this much more than usual is still usual. */
const SCATTER = 1.5;
const DEGRADED = 2;

export function canaryAlerts(pace: Pace): Alert[] {
  const [step, reaction] = [span(pace.step), span(pace.reaction)];
  const denials = recorded.denialsEach(step);
  const denialsAtOnce = recorded.denials(span(pace.burst));
  return [
    {
      name: "PahlevanCanaryHealthy",
      signal: "advance",
      severity: "info",
      forSeconds: pace.hold,
      summary: "The canary does as well as the control.",
      description:
        `${who}: over ${step} at this step, the instances that enforce failed no more than those` +
        " that only watch, and were denied nothing that the others would not be.",
      expr: lines(
        recorded.failuresEach(step),
        `  <= ${onTarget} ${SCATTER} * ${recorded.usualFailuresEach(step)}`,
        `and ${onTarget} max ${byTarget} (pahlevan_canary_step_seconds) >= ${pace.step}`,
        `and ${onTarget} ${during("Canary")}`,
        `unless ${onTarget} (`,
        `  ${denials} > ${onTargetAnd("facet")} ${SCATTER} * ${recorded.usualDenialsEach(step)}`,
        ")",
        // Whenever it was in this step: what all of them would be denied may still be needed.
        `unless ${onTarget}`,
        `  max_over_time(${denialsAtOnce}[${step}:${span(pace.evaluation)}]) >= ${BURST}`,
        `unless ${onTarget} ${suspected}`,
      ),
      circle:
        "An advance begins a new step, whose age starts at 0: the alert resolves, and can fire again " +
        "only when the new step is as old and as healthy. One firing is one step. After a rollback " +
        "the state is no longer Canary, or the step is new.",
      datadog: {
        left: "needs conditions that exclude (unless), and nobody but Alertmanager advances by default",
      },
    },
    {
      name: "PahlevanCanaryDegraded",
      signal: "rollback",
      severity: "warning",
      forSeconds: pace.confirm,
      summary: "The canary fails more than the control, and was denied something.",
      description:
        `${who}: {{ $value | humanize }} failures per enforcing instance in ${reaction}, more than` +
        ` ${DEGRADED} times what is usual.`,
      expr: lines(
        recorded.failuresEach(reaction),
        `  > ${onTarget} ${DEGRADED} * ${recorded.usualFailuresEach(reaction)}`,
        `and ${onTarget} ${recorded.harmed(reaction)}`,
        `and ${onTarget} ${during("Canary")}`,
      ),
      circle:
        "Only instances in enforce mode count. What a rollback returns to monitor mode fails as the " +
        `control does and no longer counts; ${reaction} later the alert has forgotten it. Outside ` +
        "Canary it is silent. Denials alone, the noise an attacker can make, never fire it.",
      datadog: {
        query:
          "sum(last_5m):(sum:pahlevan.instance_failures.count{mode:enforce} by " +
          "{cluster,namespace,workload,policy}.as_count() / sum:pahlevan.policy_instances" +
          "{mode:enforce} by {cluster,namespace,workload,policy} - 2 * default_zero(" +
          "sum:pahlevan.instance_failures.count{mode:monitor} by " +
          "{cluster,namespace,workload,policy}.as_count() / sum:pahlevan.policy_instances" +
          "{mode:monitor} by {cluster,namespace,workload,policy})) * max:pahlevan.loop_state_info" +
          "{state:canary} by {cluster,namespace,workload,policy}",
        comparison: ">=",
        threshold: 1,
      },
    },
  ];
}
