/** What of a policy the kernel's tables cannot hold: said in words, with the entries by name. */
import type { JudgedFacet } from "@pahlevan/core/policy/compile/act.ts";
import type { Entry } from "@pahlevan/core/policy/compile/compiled.ts";
import { entryText } from "@pahlevan/core/policy/compile/entry-text.ts";
import type { Shortfall } from "@pahlevan/core/policy/compile/kernel.ts";

const shown = 8;

export class Remarks {
  readonly #byText = new Map<string, { facet: JudgedFacet; refuses: boolean; names: string[] }>();

  /** Where it would deny, the policy is refused: nobody is to rely on it. */
  leftOut(facet: JudgedFacet, why: string, entry: Entry): void {
    const refuses = entry.rule.rank === "deny";
    this.#note(facet, refuses ? why : `left out, because ${why}`, entry, refuses);
  }

  /** It holds for more than it says. */
  widened(facet: JudgedFacet, why: string, entry: Entry): void {
    this.#note(facet, why, entry, false);
  }

  /** Of the facet as a whole. */
  refuse(facet: JudgedFacet, says: string): void {
    this.#byText.set(`${facet} ${says}`, { facet, refuses: true, names: [] });
  }

  said(refusing: boolean, isOff: (facet: JudgedFacet) => boolean): Shortfall[] {
    return [...this.#byText].flatMap(([key, { facet, refuses, names }]) => {
      if (refuses !== refusing || isOff(facet)) return [];
      return [{ facet, says: key.slice(facet.length + 1) + listed(names) }];
    });
  }

  #note(facet: JudgedFacet, says: string, entry: Entry, refuses: boolean): void {
    const key = `${facet} ${says}`;
    const known = this.#byText.get(key) ?? { facet, refuses, names: [] };
    known.names.push(entryText(entry));
    this.#byText.set(key, known);
  }
}

function listed(names: readonly string[]): string {
  if (names.length === 0) return "";
  const more = names.length > shown ? ` and ${names.length - shown} more` : "";
  return `: ${names.slice(0, shown).join(", ")}${more}`;
}
