/**
 * The situations as files of `promtool test rules`: one for each pace of the series, as promtool
 * evaluates all rules at each step of a file, and days at steps of 15 s take it minutes.
 */
import { span } from "../pace.ts";
import type { Alert } from "../rule.ts";
import type { Scenario } from "../scenarios/scenario.ts";
import { annotationsOf, labelsOf } from "./prometheus.ts";
import { yaml } from "./yaml.ts";

/** By the seconds between two values. */
export function testFiles(
  rules: string,
  alerts: readonly Alert[],
  scenarios: readonly Scenario[],
): Map<number, string> {
  const byName = new Map<string, Alert>(alerts.map((alert) => [alert.name, alert]));
  const tests = Map.groupBy(scenarios, ({ everySeconds }) => everySeconds);
  const files = [...tests].map(([everySeconds, those]) => {
    const text = yaml({
      rule_files: [rules],
      evaluation_interval: span(everySeconds),
      tests: those.map((scenario) => {
        const alert = byName.get(scenario.alert);
        if (alert === undefined) throw new Error(`no alert is called ${scenario.alert}`);
        return testOf(alert, scenario);
      }),
    });
    return [everySeconds, text] as const;
  });
  return new Map(files);
}

function testOf(alert: Alert, scenario: Scenario) {
  return {
    name: `${alert.name} ${scenario.name}`,
    interval: span(scenario.everySeconds),
    input_series: Object.entries(scenario.series).map(([series, values]) => ({ series, values })),
    alert_rule_test: [
      {
        eval_time: span(scenario.atSeconds),
        alertname: alert.name,
        exp_alerts: scenario.fires.map(({ labels, description }) => ({
          exp_labels: { ...labels, ...labelsOf(alert) },
          exp_annotations: { ...annotationsOf(alert), description },
        })),
      },
    ],
  };
}
