/** YAML and JSON as documents of a policy file: bounded, with lines, and never thrown. */
import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseAllDocuments,
  visit,
  type Document,
  type Node,
} from "yaml";

/** As much as the API server takes in one object, more or less. */
const mostBytes = 1 << 20;
/** Uses of anchors in one document; a policy needs none. */
const mostAliases = 100;
/** Documents in one file. */
const mostDocuments = 1_000;
/** Told of one document; the first are the causes of the others. */
const mostErrors = 5;

export interface YamlDocument {
  readonly value: unknown;
  /** The line of a path, or of what comes nearest to it. */
  lineOf(path: readonly (string | number)[]): number;
}

export interface YamlFile {
  readonly documents: readonly YamlDocument[];
  /** Each begins with its line where there is one. */
  readonly errors: readonly { readonly line: number; readonly says: string }[];
}

export function readYaml(text: string): YamlFile {
  if (Buffer.byteLength(text) > mostBytes) {
    return { documents: [], errors: [{ line: 1, says: `is larger than ${mostBytes} bytes` }] };
  }
  try {
    return readBounded(text);
  } catch (error) {
    // Deep nesting ends the parser's stack, too many aliases its patience.
    const isDeep = error instanceof RangeError;
    const reason = error instanceof Error ? error.message : String(error);
    return { documents: [], errors: [{ line: 1, says: isDeep ? "is nested too deeply" : reason }] };
  }
}

function readBounded(text: string): YamlFile {
  const lines = new LineCounter();
  // Its own search for duplicates compares every key with every other.
  const options = { lineCounter: lines, uniqueKeys: false, prettyErrors: false } as const;
  const documents: YamlDocument[] = [];
  const errors: { line: number; says: string }[] = [];
  const parsed = parseAllDocuments(text, options);
  if (parsed.length > mostDocuments) {
    return { documents, errors: [{ line: 1, says: `holds more than ${mostDocuments} documents` }] };
  }
  for (const each of "empty" in parsed ? [] : parsed) {
    const problems = [...each.errors, ...each.warnings];
    // The parser tells of its own stack's end as of a mistake in the text.
    if (problems.some(({ message }) => /stack/i.test(message))) throw new RangeError();
    for (const { pos, message } of problems.slice(0, mostErrors)) {
      errors.push({ line: lines.linePos(pos[0]).line, says: `no YAML: ${message}` });
    }
    if (problems.length > 0) continue;
    const strange = strangeKeys(each, lines);
    errors.push(...[...strange, ...duplicates(each, lines)].slice(0, mostErrors));
    if (strange.length > 0) continue;
    const value: unknown = each.toJS({ maxAliasCount: mostAliases });
    if (value === null) continue;
    documents.push({
      value,
      lineOf: (path) => lines.linePos(startOf(each.contents, path)).line,
    });
  }
  return { documents, errors };
}

/** No JSON has them, and no policy. */
function strangeKeys(document: Document, lines: LineCounter) {
  const found: { line: number; says: string }[] = [];
  visit(document, {
    Pair(_, { key }) {
      if (!isMap(key) && !isSeq(key)) return;
      const { line } = lines.linePos(key.range?.[0] ?? 0);
      found.push({ line, says: "a key is a list or a map; keys are text" });
    },
  });
  return found;
}

function duplicates(document: Document, lines: LineCounter) {
  const found: { line: number; says: string }[] = [];
  visit(document, {
    Map(_, { items }) {
      const seen = new Set<unknown>();
      for (const { key } of items) {
        if (!isScalar(key)) continue;
        if (seen.has(key.value)) {
          const { line } = lines.linePos(key.range?.[0] ?? 0);
          found.push({ line, says: `${String(key.value).slice(0, 80)} is written twice` });
        }
        seen.add(key.value);
      }
    },
  });
  return found;
}

/** Where the value of a path begins, or its key; as far as the document has the path. */
function startOf(root: Node | null, path: readonly (string | number)[]): number {
  let at: unknown = root;
  let start = root?.range?.[0] ?? 0;
  for (const part of path) {
    if (isMap(at)) {
      const pair = at.items.find(({ key }) => isScalar(key) && String(key.value) === String(part));
      if (pair === undefined || !isScalar(pair.key)) return start;
      start = pair.key.range?.[0] ?? start;
      at = pair.value;
    } else if (isSeq(at) && typeof part === "number") {
      at = at.items[part];
      if (isMap(at) || isSeq(at) || isScalar(at)) start = at.range?.[0] ?? start;
    } else if (isAlias(at)) {
      return start;
    }
  }
  return start;
}
