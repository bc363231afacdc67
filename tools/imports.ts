/** Finds what a TypeScript file imports: static, dynamic, type-only, re-exported or required. */

export interface Import {
  specifier: string;
  line: number;
}

const comment = /\/\/[^\n]*|\/\*[\s\S]*?\*\//;
const importing = /(?<![\w$.])(?:from|import|require)\s*\(?\s*["'](?<specifier>[^"'\n]+)["']/;
const string = /"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`/;
// Comments and strings are tokens too, so that an import spelled inside one is not taken for one.
const token = new RegExp([comment, importing, string].map((part) => part.source).join("|"), "g");

export function importsOf(source: string): Import[] {
  const found: Import[] = [];
  for (const match of source.matchAll(token)) {
    const specifier = match.groups?.["specifier"];
    if (specifier === undefined) continue;
    found.push({ specifier, line: source.slice(0, match.index).split("\n").length });
  }
  return found;
}
