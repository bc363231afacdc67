/**
 * Metrics' names in Datadog: those that the agent's OpenMetrics check gives them too, so that
 * dashboards and monitors do not care which way they came.
 */

/** `pahlevan_loop_frozen` is `pahlevan.loop_frozen`, and what counts ends in `.count`. */
export function datadogName(name: string, type: "counter" | "gauge" | "histogram"): string {
  const own = `pahlevan.${name.replace(/^pahlevan_/, "")}`;
  return type === "counter" ? `${own.replace(/_total$/, "")}.count` : own;
}
