/** A situation of a rule: what Prometheus saw, and whether the alert then fires. */

export interface Scenario {
  readonly alert: string;
  /** "fires when …", "is silent when …" */
  readonly name: string;
  /** In promtool's notation, a value each `everySeconds`: `0x20 1+1x10`, `_` where none was. */
  readonly series: Readonly<Record<string, string>>;
  readonly everySeconds: number;
  readonly atSeconds: number;
  /** What is told; none: it is silent. */
  readonly fires: readonly Firing[];
}

export interface Firing {
  /** What the rule adds (severity, lever, links) is known from the rule. */
  readonly labels: Readonly<Record<string, string>>;
  readonly description: string;
}

/** Labels of the workload that the situations are about. */
export const web = 'cluster="east", namespace="shop", workload="web", policy="web"';
export const webTarget = { cluster: "east", namespace: "shop", workload: "web", policy: "web" };
export const webShown = "shop/web (policy web)";
/** Which agent said it. */
export const agent = 'job="pahlevan", instance="node-1"';
/** Scraped all the time: what is new of it is new. */
export const scraped = { [`up{${agent}}`]: "1x2000" };

export function series(name: string, ...labels: readonly string[]): string {
  return `${name}{${[web, ...labels, agent].join(", ")}}`;
}
