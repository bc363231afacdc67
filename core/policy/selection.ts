/** Which policy rules a workload: of its namespace's, the one that demands most of it. */
import type { Policy } from "./policy.ts";

export interface Selectable {
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
}

type Selecting = Pick<Policy, "name" | "namespace" | "selector">;

export function selects({ namespace, selector }: Selecting, workload: Selectable): boolean {
  if (namespace !== workload.namespace) return false;
  const label = (key: string) =>
    Object.hasOwn(workload.labels, key) ? workload.labels[key] : undefined;
  return (
    Object.entries(selector.labels).every(([key, value]) => label(key) === value) &&
    selector.expressions.every(({ key, operator, values }) => {
      const value = label(key);
      switch (operator) {
        case "In":
          return value !== undefined && values.includes(value);
        case "NotIn":
          return value === undefined || !values.includes(value);
        case "Exists":
          return value !== undefined;
        case "DoesNotExist":
          return value === undefined;
      }
    })
  );
}

/** Among those that demand as much, the first by name: never by the order of files. */
export function rulingPolicy<P extends Selecting>(
  policies: Iterable<P>,
  workload: Selectable,
): P | undefined {
  let ruling: P | undefined;
  for (const policy of policies)
    if (selects(policy, workload) && (ruling === undefined || rules(policy, ruling)))
      ruling = policy;
  return ruling;
}

function rules(a: Selecting, b: Selecting): boolean {
  const more = demands(a) - demands(b);
  return more === 0 ? a.name < b.name : more > 0;
}

function demands({ selector }: Selecting): number {
  return Object.keys(selector.labels).length + selector.expressions.length;
}
