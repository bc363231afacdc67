/**
 * Whether Pahlevan itself works: its processes, its senses, its exporters; and the risk it sees.
 */
import { grown, lines, ours } from "../promql.ts";
import type { Alert } from "../rule.ts";
import { node } from "./words.ts";

/** Hooks that can refuse an act; the others can only tell of it. */
const refusing = 'pahlevan_sense_tier_info{tier=~"lsm|cgroup"}';
/** Instants, not a range: a day of samples of each fact on each node is too much to read. */
const before = ["1h", "6h", "1d"];
const byExporter = "sum by (cluster, instance, exporter, type)";

export function nodeAlerts(): Alert[] {
  const circle = "It pulls no lever.";
  return [
    {
      name: "PahlevanAgentDown",
      severity: "critical",
      forSeconds: 120,
      summary: "A Pahlevan process cannot be scraped.",
      description:
        "{{ with $labels.instance }}{{ . }}{{ else }}No Pahlevan at all{{ end }} has been out of reach " +
        "for two minutes. Policies stay in force; nothing is learned, healed or rolled back there.",
      expr: lines(`${ours} == 0`, `or absent(${ours})`),
      circle,
      datadog: {
        query: "max(last_5m):sum:pahlevan.build_info{*} by {cluster,host}",
        comparison: "<",
        threshold: 1,
        missingAlarms: true,
      },
    },
    {
      name: "PahlevanEventsDropped",
      severity: "warning",
      forSeconds: 60,
      summary: "Facts are lost on the way out of the kernel.",
      description:
        `${node} lost {{ $value | humanize }} facts of kind {{ $labels.kind }} in 5m` +
        " ({{ $labels.reason }}). Verdicts do not depend on them; learning does, and waits.",
      expr: lines(
        "sum by (cluster, instance, kind, reason) (",
        grown("pahlevan_records_dropped_total", "5m"),
        ") > 0",
      ),
      circle,
      datadog: {
        query:
          "sum(last_5m):sum:pahlevan.records_dropped.count{*} by {cluster,host,kind,reason}.as_count()",
        comparison: ">",
        threshold: 0,
      },
    },
    {
      name: "PahlevanTierDegraded",
      severity: "warning",
      forSeconds: 120,
      summary: "A node can refuse less than it could.",
      description:
        `${node} had a hook for {{ $labels.fact }} that can refuse within the last day, and has none` +
        " now: what policies deny there may only be told of.",
      expr: lines(
        "count by (cluster, instance, fact) (",
        `  ${before.map((ago) => `${refusing} offset ${ago}`).join(" or ")}`,
        ")",
        `unless on (cluster, instance, fact) ${refusing}`,
        "and on (cluster, instance) pahlevan_build_info",
      ),
      circle,
      datadog: {
        query:
          "change(avg(last_5m),last_1d):sum:pahlevan.sense_tier_info{tier IN (lsm,cgroup)} by " +
          "{cluster,host}",
        comparison: "<",
        threshold: 0,
      },
    },
    {
      name: "PahlevanExporterFailing",
      severity: "warning",
      forSeconds: 300,
      summary: "An exporter cannot deliver.",
      description:
        `${node}: exporter {{ $labels.exporter }} ({{ $labels.type }}) cannot deliver: no attempt has` +
        " worked for minutes, or records were dropped.",
      expr: lines(
        `${byExporter} (`,
        grown('pahlevan_exporter_attempts_total{outcome="failed"}', "5m"),
        ") > 0",
        `unless ${byExporter} (`,
        grown('pahlevan_exporter_attempts_total{outcome="done"}', "5m"),
        ") > 0",
        `or ${byExporter} (`,
        grown("pahlevan_exporter_records_dropped_total", "5m"),
        ") > 0",
        // Who rests for longer than the window is not asked in it.
        "or max by (cluster, instance, exporter, type) (pahlevan_exporter_resting) == 1",
      ),
      circle,
      datadog: {
        query: "min(last_5m):max:pahlevan.exporter_resting{*} by {cluster,host,exporter,type}",
        comparison: ">=",
        threshold: 1,
      },
    },
    {
      name: "PahlevanRiskHigh",
      severity: "warning",
      forSeconds: 300,
      summary: "A workload's attack surface is large.",
      description:
        "{{ $labels.namespace }}/{{ $labels.workload }} has a risk score of {{ $value | humanize }} of 100.",
      expr: "max by (cluster, namespace, workload) (pahlevan_attack_surface_risk_score) > 80",
      circle:
        "It pulls no lever: a score is about what could happen, and quarantine answers what does. " +
        "Give a rule of your own the label where you want it to.",
      datadog: {
        query:
          "min(last_5m):max:pahlevan.attack_surface_risk_score{*} by {cluster,namespace,workload}",
        comparison: ">",
        threshold: 80,
      },
    },
  ];
}
