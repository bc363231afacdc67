/** Every file that is written from the rules and boards, by its place in the repository. */
import { existsSync, readFileSync } from "node:fs";
import { exportersBoard } from "../boards/exporters.ts";
import { loopBoard } from "../boards/loop.ts";
import { datadogFiles } from "../datadog/files.ts";
import { quickPace, span } from "./pace.ts";
import { scenarios } from "./scenarios/all.ts";
import { shippedAlerts, shippedGroups } from "./shipped.ts";
import { alertmanagerConfig, alertmanagerExample } from "./write/alertmanager.ts";
import { datadogCheck, datadogMonitors } from "./write/datadog.ts";
import { grafanaRules } from "./write/grafana.ts";
import { withTable } from "./write/page.ts";
import { prometheusRule, rulesFile } from "./write/prometheus.ts";
import { testFiles } from "./write/promtool.ts";

const page = "docs/alerts.md";
const into = (name: string) => `dashboards/generated/${name}`;
const rules = "pahlevan.rules.yaml";
const tests: Record<string, () => string> = {};
for (const [everySeconds, text] of testFiles(`../${rules}`, shippedAlerts(), scenarios))
  tests[into(`tests/every-${span(everySeconds)}.test.yaml`)] = () => text;

export const ruleFiles: Readonly<Record<string, () => string>> = {
  [into(rules)]: () => rulesFile(shippedGroups()),
  // `pahlevan demo` loads them.
  [into("quick.rules.yaml")]: () => rulesFile(shippedGroups(quickPace)),
  ...tests,
  [into("prometheusrule.yaml")]: () => prometheusRule(shippedGroups()),
  [into("grafana-loop.json")]: loopBoard,
  [into("grafana-exporters.json")]: exportersBoard,
  [into("grafana-alerts.yaml")]: () => grafanaRules(shippedGroups()),
  [into("datadog-monitors.json")]: () => datadogMonitors(shippedAlerts()),
  [into("datadog-openmetrics.yaml")]: () => datadogCheck(shippedAlerts()),
  ...datadogFiles,
  [into("alertmanager.yml")]: alertmanagerExample,
  [into("alertmanagerconfig.yaml")]: alertmanagerConfig,
  [page]: () => withTable(existsSync(page) ? readFileSync(page, "utf8") : "", shippedAlerts()),
};
