/** A page of docs/exporters with its parts made anew: its settings, and what is really sent. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Keys } from "../../exporters/settings.ts";

export function pathOfPage(name: string): string {
  return join(import.meta.dirname, "../../docs/exporters", `${name}.md`);
}

/** Each part stands between `<!-- NAME -->` and `<!-- /NAME -->`; the rest is a person's. */
export function pageWith(name: string, parts: Readonly<Record<string, string>>): string {
  let page = readFileSync(pathOfPage(name), "utf8");
  for (const [part, text] of Object.entries(parts)) {
    const [begin, end] = [`<!-- ${part} -->`, `<!-- /${part} -->`];
    const [from, to] = [page.indexOf(begin), page.indexOf(end)];
    if (from < 0 || to < 0) throw new Error(`docs/exporters/${name}.md has no part ${part}`);
    page = `${page.slice(0, from + begin.length)}\n\n${text}\n\n${page.slice(to)}`;
  }
  return page;
}

export function settingsTable(keys: Keys): string {
  const rows = Object.entries(keys).map(([name, { type, default: fallback, doc, isSecret }]) => {
    const shown = fallback === undefined ? "needed" : `\`${type.show(fallback)}\``;
    const empty = fallback !== undefined && (isSecret || type.show(fallback) === "");
    return `| \`${name}\` | ${empty ? "" : shown} | ${doc} | ${type.says.replaceAll("|", "\\|")} |`;
  });
  return ["| setting | default | what it is | takes |", "|---|---|---|---|", ...rows].join("\n");
}

export function jsonBlock(value: unknown): string {
  return ["```json", JSON.stringify(value, undefined, 2), "```"].join("\n");
}
