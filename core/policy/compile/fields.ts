/** What each field of a policy became in its tables: one line for each field and facet. */
import { everyAccess, judgedFacets } from "./act.ts";
import type { Compiled, Entry, Rank } from "./compiled.ts";
import { accessText } from "./entry-text.ts";

export interface Became {
  /** "spec.enforcement.files.deniedPaths", "profile" or "admitted". */
  readonly field: string;
  readonly says: string;
}

const verbs: Readonly<Record<Rank, string>> = {
  deny: "denied",
  exception: "let through by exception",
  allow: "allowed",
  learned: "learned",
};

export function fieldsBecame({ tables, modes }: Compiled): Became[] {
  return judgedFacets.flatMap((facet) => {
    const groups = new Map<string, Entry[]>();
    for (const entry of tables[facet].entries) {
      const key = `${entry.rule.from} ${verbs[entry.rule.rank]}${accessWords(entry)}`;
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [entry]);
      else group.push(entry);
    }
    const lines = [...groups].flatMap(([, entries]) => lineOf(facet, entries));
    const rest = `facet ${facet}: mode ${modes[facet]}, the rest: ${tables[facet].unlisted}`;
    return [...lines, { field: "spec.enforcement", says: rest }];
  });
}

function lineOf(facet: string, entries: readonly Entry[]): Became[] {
  const [first] = entries;
  if (first === undefined) return [];
  const { rank, from } = first.rule;
  const starting = entries.filter(({ rule }) => rule.startOnly).length;
  const only = starting === 0 ? "" : `, ${starting} only while an instance starts`;
  const count = entries.length === 1 ? "1 entry" : `${entries.length} entries`;
  const says = `facet ${facet}: ${count} ${verbs[rank]}${accessWords(first)}${only}`;
  return [{ field: from, says }];
}

/** What was learned has too many different ones to be told of each. */
function accessWords(entry: Entry): string {
  if (!("access" in entry) || entry.rule.rank === "learned") return "";
  return entry.access === everyAccess ? "" : ` (${accessText(entry.access)})`;
}
