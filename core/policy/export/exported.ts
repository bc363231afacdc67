/** A policy in the words of another tool, and what those words could not say. */
import type { JudgedFacet } from "../compile/act.ts";
import type { Compiled, Entry } from "../compile/compiled.ts";
import type { Mode, Policy } from "../policy.ts";
import { instantText } from "../values/instant.ts";

export interface Source {
  readonly policy: Policy;
  /** Of that policy. */
  readonly compiled: Compiled;
}

export interface Exported {
  /** Objects for JSON or YAML; text for tools with a language of their own. */
  readonly documents: readonly (object | string)[];
  /** What is lost, wider or narrower there. */
  readonly remarks: readonly string[];
}

export const isDeny = ({ rule }: Entry) => rule.rank === "deny";
export const isGrant = ({ rule }: Entry) => rule.rank !== "deny";

/** What other tools have no word for, of whatever entries go into an export. */
export function lostInTime(entries: readonly Entry[]): string[] {
  const starting = entries.filter(({ rule }) => rule.startOnly).length;
  const ends = entries.flatMap(({ rule }) => rule.expiresMs ?? []);
  return [
    ...(starting === 0
      ? []
      : [`${starting} that are allowed only while an instance starts are allowed always there`]),
    ...(ends.length === 0
      ? []
      : [`exceptions end: export again after ${instantText(Math.min(...ends))}`]),
  ];
}

/** No other tool has patterns with holes. */
export function unspared(entries: readonly Entry[]): string[] {
  const patterns = entries.filter(
    (entry) => "where" in entry && entry.where.extent === "pattern" && entry.where.sparesGuarded,
  ).length;
  if (patterns === 0) return [];
  return [`${patterns} patterns hold there for keys, sockets and what else is guarded here, too`];
}

/** Facets with rules that the tool knows nothing of. */
export function unsaid({ compiled }: Source, said: readonly JudgedFacet[], tool: string): string[] {
  const facets: readonly JudgedFacet[] = ["exec", "file", "network", "syscall", "capability"];
  const silent = facets.filter((facet) => {
    const { unlisted, entries } = compiled.tables[facet];
    return !said.includes(facet) && (unlisted !== "allow" || entries.some(isDeny));
  });
  return silent.length === 0 ? [] : [`${tool} has no rules for ${silent.join(", ")}`];
}

export function isEnforced(mode: Mode): boolean {
  return mode === "enforce";
}

/** As long as a name of Kubernetes may be. */
const longestName = 253;

/** Some tools take shorter ones only. */
export function metadataOf({ policy }: Source, end = "", longest = longestName) {
  const name = policy.name.slice(0, longest - end.length).replace(/[.-]+$/, "");
  return {
    name: `${name}${end}`,
    namespace: policy.namespace,
    labels: { "app.kubernetes.io/managed-by": "pahlevan" },
  };
}

/** As Kubernetes writes it. */
export function selectorOf({ policy }: Source) {
  const { labels, expressions } = policy.selector;
  return {
    ...(Object.keys(labels).length > 0 && { matchLabels: { ...labels } }),
    ...(expressions.length > 0 && {
      matchExpressions: expressions.map(({ key, operator, values }) => ({
        key,
        operator,
        ...(values.length > 0 && { values: [...values] }),
      })),
    }),
  };
}

const labelValue = /^([A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?$/;

/** What of a selector no pod can have: on one host, labels hold images and such. */
export function unselectable({ policy: { selector } }: Source): string[] {
  const demands = [
    ...Object.entries(selector.labels).map(([key, value]) => ({ key, values: [value] })),
    ...selector.expressions,
  ];
  return demands.flatMap(({ key, values }) =>
    values.filter((value) => !labelValue.test(value)).map((value) => `${key}: ${value}`),
  );
}
