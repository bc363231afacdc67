/** Who may import whom: the arrows of DESIGN's house, as a table, and the judge of one import. */

import { posix } from "node:path";

/** What each folder may reach besides itself; a folder that is not named may reach everything. */
const mayReach: Record<string, readonly string[]> = {
  core: [],
  exporters: ["core"],
  signals: ["core"],
  dashboards: ["core"],
  "grafana-plugin": ["core"],
  controller: ["core", "exporters", "signals"],
  "agent/native": [],
  "agent/kernel": ["core", "exporters", "signals", "agent", "agent/native", "bpf"],
  agent: ["core", "exporters", "signals", "agent/kernel"],
  bpf: [],
};
/** Packages that compute and do nothing else. */
const pure = new Set(["zod"]);
const testTools = new Set(["vitest", "fast-check"]);
const byDepth = Object.keys(mayReach).toSorted((a, b) => b.length - a.length);

/** The folder of the house that a file belongs to. */
function houseOf(file: string): string | undefined {
  return byDepth.find((folder) => file.startsWith(`${folder}/`));
}

/** Where an import leads: a file of this repository, or a package by its name. */
function destination(from: string, specifier: string): string {
  if (specifier.startsWith(".")) return posix.join(posix.dirname(from), specifier);
  if (!specifier.startsWith("@pahlevan/")) return specifier;
  const [, workspace = "", ...rest] = specifier.split("/");
  const folder = workspace === "native" ? "agent/native" : workspace;
  return posix.join(folder, ...rest, rest.length === 0 ? "index.ts" : "");
}

/** Why an import is refused, or undefined if it is fine. */
export function refusal(from: string, specifier: string): string | undefined {
  const here = houseOf(from);
  if (here === undefined) return undefined;
  const isTest = from.endsWith(".test.ts");
  const to = destination(from, specifier);
  const there = houseOf(to);
  if (isTest && /^(?:test|tools)\//.test(to)) return undefined;
  if (there === undefined && (specifier.startsWith(".") || specifier.startsWith("@pahlevan/"))) {
    return `${here} may not import ${to}, which is no part of the product`;
  }
  if (there === undefined) {
    if (here !== "core" || pure.has(specifier) || isTest) return undefined;
    return testTools.has(specifier)
      ? `${specifier} belongs in *.test.ts files`
      : `core imports nothing that does I/O: take what ${specifier} knows as an argument`;
  }
  if (there === here || mayReach[here]?.includes(there)) return undefined;
  const allowed = mayReach[here]?.join(", ") || "nothing of ours";
  return `${here} may import ${allowed}, not ${there}`;
}
