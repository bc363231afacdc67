/** Why an act is let through or not: the verdict, what decided it, and what had no say. */
import { type Act } from "./act.ts";
import { actText } from "./act-text.ts";
import type { Compiled, Entry, Rank } from "./compiled.ts";
import { entryText, ruleText } from "./entry-text.ts";
import { decisive, judge, type Phase, type Verdict } from "./judge.ts";
import { sparing } from "./match.ts";

const did: Readonly<Record<Rank, string>> = {
  deny: "denied by name",
  exception: "let through by an exception",
  allow: "allowed by name",
  learned: "learned",
};

const unlisted = {
  deny: "it is neither named nor learned, and blockUnknown (or defaultAction: deny) denies the rest",
  tell: "it is neither named nor learned, and defaultAction: audit lets the rest through and tells",
  allow: "it is neither named nor learned, and nothing denies the rest",
} as const;

/** Lines for a person; the first says what happens. */
export function explain(compiled: Compiled, act: Act, phase: Phase = "steady"): string[] {
  const verdict = judge(compiled, act, phase);
  const [strongest, ...others] = decisive(compiled, act, phase);
  const weaker = others.map((entry) => `  also ${reasonText(entry)}`);
  return [
    `${actText(act)}: ${effect(verdict)}`,
    `  because ${strongest === undefined ? without(verdict) : reasonText(strongest)}`,
    ...weaker,
    ...spared(compiled, act),
    ...(phase === "steady" ? atStart(compiled, act, verdict) : []),
  ];
}

function without({ by, outcome }: Verdict): string {
  if (by !== "unclear") return unlisted[outcome];
  return "its path was cut or could not be resolved, so that no entry can be asked";
}

function reasonText(entry: Entry): string {
  return `${did[entry.rule.rank]}: ${entryText(entry)}, ${ruleText(entry.rule)}`;
}

/** Patterns that one would think speak for it. */
function spared({ tables }: Compiled, act: Act): string[] {
  if (act.facet !== "file" || act.unclear) return [];
  return tables.file.entries.flatMap((entry) => {
    const why = sparing(entry, act);
    return why === undefined ? [] : [`  not ${reasonText(entry)}: ${why}`];
  });
}

function effect({ outcome, mode, facet }: Verdict): string {
  if (mode === "off") return `let through: facet ${facet} is switched off`;
  if (outcome === "allow") return "allowed";
  if (outcome === "tell") return "let through, and told of";
  switch (mode) {
    case "monitor":
      return "let through and counted: enforcing would deny it (mode monitor)";
    case "alert":
      return "let through, and somebody is notified: enforcing would deny it (mode alert)";
    case "enforce":
      return "denied";
  }
}

function atStart(compiled: Compiled, act: Act, steady: Verdict): string[] {
  const start = judge(compiled, act, "start");
  if (start.outcome === steady.outcome) return [];
  const by = start.entry === undefined ? "" : `: ${ruleText(start.entry.rule)}`;
  return [`  while the instance starts it is allowed${by}`];
}
