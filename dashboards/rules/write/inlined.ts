/**
 * Rules without recording rules, for who can only ask: each recorded name becomes its expression.
 */
import { indented } from "../promql.ts";
import type { Group } from "../rule.ts";

export function inlined(groups: readonly Group[]): Group[] {
  const recordings = groups.flatMap((group) => group.recordings);
  // The last first: they are made of those before them.
  const expand = (expr: string) =>
    recordings.reduceRight(
      (text, recording) =>
        text.replaceAll(wholeName(recording.record), `(\n${indented(recording.expr)}\n)`),
      expr,
    );
  return groups.map((group) => ({
    ...group,
    recordings: [],
    alerts: group.alerts.map((alert) => ({ ...alert, expr: expand(alert.expr) })),
  }));
}

function wholeName(name: string): RegExp {
  return new RegExp(`(?<![\\w:])${name}(?![\\w:])`, "g");
}
