/** docs/metrics.md, written from the table of metrics. */
import { SeriesLimit } from "./series-limit.ts";

export function metricsPage(): string {
  return [
    "# Metrics",
    "",
    "<!-- Generated from exporters/metrics/metrics.ts: node tools/check-generated.ts --fix -->",
    "",
    "`pahlevan up` serves them at `http://127.0.0.1:9464/metrics` (`--listen` moves it), as Prometheus",
    "text or OpenMetrics, whichever the scraper prefers. Values are read at the scrape; a workload's",
    "series end with its last instance. Setting it up: [Prometheus](exporters/prometheus.md).",
    "",
    "Nothing is lost silently: for each kind of fact",
    "`generated = delivered + aggregated + dropped`, summed over the reasons. The counters are read one",
    "after another while hooks run, so under load a scrape may be off by what happened in between.",
    "",
    "| metric | type | labels | what |",
    "|---|---|---|---|",
    ...new SeriesLimit().metrics.map(({ name, type, labels, help }) => {
      const shown = labels.map((label) => `\`${label}\``).join(", ");
      return `| \`${name}\` | ${type} | ${shown} | ${help} |`;
    }),
    "",
  ].join("\n");
}
