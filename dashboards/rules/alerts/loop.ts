/** What moves the loop forward and anew, and what keeps it from moving. */
import { span, type Pace } from "../pace.ts";
import { byTarget, during, grown, lines, onTarget, ours, suspected } from "../promql.ts";
import type { Alert } from "../rule.ts";
import { node, who } from "./words.ts";

const OFTEN_HEALED = 3;
const healingFailed = "pahlevan_healing_failed_total";

export function loopAlerts(pace: Pace): Alert[] {
  const healing = span(pace.healing);
  return [
    {
      name: "PahlevanLearningConverged",
      signal: "promote",
      severity: "info",
      forSeconds: pace.hold,
      summary: "Learning is complete.",
      description: `${who}: every gate of learning has held for ${span(pace.hold)}.`,
      expr: lines(
        `min ${byTarget} (pahlevan_learning_converged) == 1`,
        `and ${onTarget} ${during("Learning", "Review")}`,
      ),
      circle:
        "It is bound to Learning and Review, which the promotion leaves; a policy that Review refuses " +
        "stays there. A rollback leads to RolledBack, " +
        "not to Learning; only relearning does, and that begins unconverged.",
      datadog: {
        query:
          "min(last_5m):min:pahlevan.learning_converged{*} by {cluster,namespace,workload,policy} * " +
          "max:pahlevan.loop_state_info{state IN (learning,review)} by " +
          "{cluster,namespace,workload,policy}",
        comparison: ">=",
        threshold: 1,
      },
    },
    {
      name: "PahlevanHealingRepeated",
      signal: "relearn",
      severity: "warning",
      forSeconds: 0,
      summary: "A policy is healed again and again.",
      description: `${who}: healed {{ $value | humanize }} times within ${healing}; it is learned anew.`,
      expr: lines(
        `sum ${byTarget} (`,
        grown('pahlevan_loop_transitions_total{to="Healing"}', healing),
        `) >= ${OFTEN_HEALED}`,
        `unless ${onTarget} sum ${byTarget} (`,
        grown('pahlevan_loop_transitions_total{to="Learning"}', healing),
        ") > 0",
        `unless ${onTarget} ${suspected}`,
      ),
      circle:
        `Once in ${healing}: the way to Learning that it causes silences it for as long, so that it ` +
        "cannot hold a policy in Learning that has converged.",
      datadog: { left: "needs a condition that excludes (unless)" },
    },
    {
      name: "PahlevanHealingFailed",
      severity: "critical",
      forSeconds: 0,
      summary: "Healing has not cleared the symptom.",
      description: `${who}: no strategy that was tried cleared the symptom within its window.`,
      expr: lines(`sum ${byTarget} (`, grown(healingFailed, "15m"), ") > 0"),
      circle: "It pulls no lever: it calls a person.",
      datadog: {
        query:
          "sum(last_15m):sum:pahlevan.healing_failed.count{*} by " +
          "{cluster,namespace,workload,policy}.as_count()",
        comparison: ">",
        threshold: 0,
      },
    },
    {
      name: "PahlevanHeartbeatMissing",
      severity: "warning",
      forSeconds: 60,
      summary: "Alerts do not reach Pahlevan.",
      description: `${node} hears no heartbeat from Alertmanager: no promotions; the local guard rolls back.`,
      expr: "max by (cluster, instance) (pahlevan_loop_frozen) == 1",
      circle: "It pulls no lever. The loop freezes and thaws by the heartbeat itself, not by this.",
      datadog: {
        query: "min(last_5m):max:pahlevan.loop_frozen{*} by {cluster,host}",
        comparison: ">=",
        threshold: 1,
      },
    },
    {
      name: "PahlevanHeartbeat",
      signal: "heartbeat",
      severity: "none",
      forSeconds: 0,
      summary: "Always firing: alerts can reach Pahlevan.",
      description:
        "Prometheus sees {{ $value }} of Pahlevan's processes. This alert is to fire always; Pahlevan " +
        "takes its absence for a broken way and freezes promotions.",
      expr: `sum by (cluster) (${ours}) > 0`,
      circle:
        "It follows the scrapes alone. A Prometheus that sees no Pahlevan must not pass for a healthy " +
        "way: no rollback could come by it.",
      datadog: { left: "Datadog repeats a notification every ten minutes at the soonest" },
    },
  ];
}
