/**
 * Whom a signal is for: four labels, each a name. A name that is none refuses the signal, because
 * without it the signal would be for more than was meant.
 */
import type { Target } from "@pahlevan/core/loop/signal.ts";

/** Names of units and cgroups have slashes, @ and \x2d; those of clusters may be ARNs. */
const names = {
  cluster: { pattern: /^[\p{L}\p{N}][\p{L}\p{N}._/:@-]*$/u, most: 253 },
  namespace: { pattern: /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/, most: 63 },
  policy: { pattern: /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/, most: 253 },
  workload: { pattern: /^[\p{L}\p{N}_/-][\p{L}\p{N}._/:@\\+-]*$/u, most: 253 },
} as const;
type Name = keyof typeof names;
const allowed: readonly Name[] = ["cluster", "namespace", "policy", "workload"];

export type Labels = Readonly<Record<string, string>>;

export function labelOf(labels: Labels, name: string): string | undefined {
  return Object.hasOwn(labels, name) ? labels[name] : undefined;
}

export function targetOf(labels: Labels): Target | { readonly refused: string } {
  const target: Partial<Record<Name, string>> = {};
  for (const name of allowed) {
    const value = labelOf(labels, name);
    if (value === undefined) continue;
    const { pattern, most } = names[name];
    if (value.length > most) return { refused: `label ${name}: longer than ${most} characters` };
    if (!pattern.test(value)) return { refused: `label ${name}: this is no ${name}'s name` };
    target[name] = value;
  }
  return target;
}
