/** What changes for a workload when one set of tables takes the place of another, in words. */
import { judgedFacets, type JudgedFacet } from "./act.ts";
import { canonical } from "./canonical.ts";
import type { Compiled, Entry } from "./compiled.ts";
import { entryText, ruleText } from "./entry-text.ts";

export interface Change {
  readonly facet: JudgedFacet;
  /** For the workload: may it do less, more, or only in another way? */
  readonly effect: "tighter" | "looser" | "other";
  readonly says: string;
}

const openness = { deny: 0, audit: 1, allow: 2 } as const;
const strictness = { off: 0, monitor: 1, alert: 2, enforce: 3 } as const;

export function diff(before: Compiled, after: Compiled): Change[] {
  return judgedFacets.flatMap((facet) => [
    ...modeChange(facet, before, after),
    ...unlistedChange(facet, before, after),
    ...entryChanges(facet, before.tables[facet].entries, after.tables[facet].entries),
  ]);
}

function modeChange(facet: JudgedFacet, before: Compiled, after: Compiled): Change[] {
  const [was, is] = [before.modes[facet], after.modes[facet]];
  if (was === is) return [];
  const effect = strictness[is] > strictness[was] ? "tighter" : "looser";
  return [{ facet, effect, says: `mode ${was} becomes ${is}` }];
}

function unlistedChange(facet: JudgedFacet, before: Compiled, after: Compiled): Change[] {
  const [was, is] = [before.tables[facet].unlisted, after.tables[facet].unlisted];
  if (was === is) return [];
  const effect = openness[is] < openness[was] ? "tighter" : "looser";
  return [{ facet, effect, says: `what is neither named nor learned: ${was} becomes ${is}` }];
}

function entryChanges(
  facet: JudgedFacet,
  before: readonly Entry[],
  after: readonly Entry[],
): Change[] {
  const [was, is] = [keyed(before), keyed(after)];
  return [
    ...missing(is, was).map((entry) => change(facet, entry, "added")),
    ...missing(was, is).map((entry) => change(facet, entry, "removed")),
  ];
}

function keyed(entries: readonly Entry[]): ReadonlyMap<string, Entry> {
  return new Map(entries.map((entry) => [canonical(entry), entry]));
}

function missing(some: ReadonlyMap<string, Entry>, others: ReadonlyMap<string, Entry>): Entry[] {
  return [...some].filter(([key]) => !others.has(key)).map(([, entry]) => entry);
}

/** An entry alone; that another one may say the same is not asked. */
function change(facet: JudgedFacet, entry: Entry, what: "added" | "removed"): Change {
  const isDeny = entry.rule.rank === "deny";
  const effect = isDeny === (what === "added") ? "tighter" : "looser";
  const verb = isDeny ? "denied" : "allowed";
  const again = what === "added" ? verb : `no longer ${verb}`;
  return { facet, effect, says: `${entryText(entry)}: ${again}, ${ruleText(entry.rule)}` };
}
