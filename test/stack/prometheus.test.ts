/** A real Prometheus scrapes `pahlevan up`: it takes every line, and its queries give sense. */
import { describe, expect, it } from "vitest";
import { cannotSense, Up } from "../kernel/pahlevan.ts";
import { usualPace } from "../../dashboards/rules/pace.ts";
import { shippedGroups } from "../../dashboards/rules/shipped.ts";
import { rulesFile } from "../../dashboards/rules/write/prometheus.ts";
import { Prometheus, prometheus } from "./monitoring/prometheus.ts";

const missing = prometheus === undefined ? "needs prometheus (Debian: prometheus)" : cannotSense;

describe.skipIf(missing !== undefined)(`Prometheus (${missing ?? "as root"})`, () => {
  it("scrapes the agent, and sees that nothing was lost silently", async () => {
    await using up = await Up.start(["--max-series", "3000"]);
    const rules = [rulesFile(shippedGroups({ ...usualPace, evaluation: 5 }))];
    await using scraper = await Prometheus.scraping({ target: new URL(up.url).host, rules });
    // Each waits for its answer: a scrape that came too late leaves a gap behind it.
    const answers = (query: string) => expect.poll(() => scraper.query(query));
    await answers('up{job="pahlevan"}').toEqual([1]);
    await answers("pahlevan_build_info").toEqual([1]);
    await answers("sum(pahlevan_records_generated_total) > bool 0").toEqual([1]);
    await answers("sum(pahlevan_records_malformed_total)").toEqual([0]);
    await answers("pahlevan_series_limit").toEqual([3_000]);
    await answers("pahlevan_series_folded").toEqual([0]);
    await answers('count(ALERTS{alertname="PahlevanHeartbeat"})').toEqual([1]);
    // Read while hooks run, so a scrape may be off by what was under way at that moment.
    const lost =
      "abs(sum(pahlevan_records_generated_total) - sum(pahlevan_records_delivered_total) " +
      "- sum(pahlevan_records_aggregated_total) - sum(pahlevan_records_dropped_total))";
    await answers(`${lost} < bool 100`).toEqual([1]);
  });
});
