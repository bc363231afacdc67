/** Phrases of PromQL that several rules share; all in what Prometheus 2.42 understands. */
import type { Phase } from "@pahlevan/core/loop/phase.ts";
import { target } from "./rule.ts";

/** Joins and sums name the target alone: what a scrape adds (instance, pod, job) must not tell. */
export const byTarget = `by (${target.join(", ")})`;
export const onTarget = `on (${target.join(", ")})`;
export const byTargetAnd = (label: string) => `by (${[...target, label].join(", ")})`;
export const onTargetAnd = (label: string) => `on (${[...target, label].join(", ")})`;

/** Every scrape of a Pahlevan, whatever a chart or an operator calls the job. */
export const ours = 'up{job=~".*pahlevan.*"}';

/** How an act ends that a policy in force denies. */
export const refused = 'pahlevan_policy_violations_total{mode="enforce", action=~"deny|kill"}';

export const suspected = `max ${byTarget} (pahlevan_attack_suspected) == 1`;

/** Policies in one of these states of the loop. */
export function during(...states: readonly Phase[]): string {
  const match = states.length === 1 ? "=" : "=~";
  return `max ${byTarget} (pahlevan_loop_state_info{state${match}"${states.join("|")}"}) == 1`;
}

/**
 * By how much a counter grew. A series that began within the window counts whole: increase() would
 * not see its first value, so that a burst which came at once would never have been. One that is
 * new to Prometheus because its target is (a new or restarted Prometheus) is not taken for news.
 */
export function grown(series: string, window: string): string {
  return lines(
    `  ${series} unless ${series} offset ${window}`,
    `    and on (job, instance) (up offset ${window} == 1)`,
    `  or increase(${inWindow(series, window)})`,
  );
}

export function lines(...parts: readonly string[]): string {
  return parts.join("\n");
}

/** For a phrase of several lines inside another one. */
export function indented(phrase: string): string {
  return phrase.replace(/^/gm, "  ");
}

function inWindow(series: string, window: string): string {
  return `${series}[${window}]`;
}
