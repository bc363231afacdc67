/**
 * The part of YAML that a file of settings needs: `key: value` lines, and below a key without a
 * value those that are indented, which are `key.name`. What is more is refused by line.
 */

export interface Entry {
  readonly key: string;
  readonly value: string;
  readonly line: number;
}

export interface FlatFile {
  readonly entries: readonly Entry[];
  /** Each begins with its line's number. */
  readonly errors: readonly string[];
}

/** A key without a value, whose indented lines are its own. */
interface Parent {
  readonly indent: number;
  readonly key: string;
}

export function parseFlatYaml(source: string): FlatFile {
  const entries = new Map<string, Entry>();
  const errors: string[] = [];
  const parents: Parent[] = [];
  for (const [index, raw] of source
    .replace(/^\uFEFF/, "")
    .split(/\r?\n/)
    .entries()) {
    const line = index + 1;
    if (/^\s*(#.*)?$/.test(raw) || raw === "---") continue;
    const [, blanks = "", name, rest = ""] =
      /^( *)([A-Za-z][\w.-]*)\s*:(?:\s+(.*))?$/.exec(raw) ?? [];
    if (name === undefined) {
      errors.push(`line ${line}: '${raw.trim()}' is not of the form 'key: value'`);
      continue;
    }
    while ((parents.at(-1)?.indent ?? -1) >= blanks.length) parents.pop();
    const parent = parents.at(-1)?.key;
    if (parent === undefined && blanks.length > 0) {
      errors.push(`line ${line}: ${name} is indented, and belongs to nothing`);
      continue;
    }
    const key = parent === undefined ? name : `${parent}.${name}`;
    // It has others of its own: it is no setting itself.
    if (parent !== undefined && entries.get(parent)?.value === "") entries.delete(parent);
    if (/^(#.*)?$/.test(rest.trim())) parents.push({ indent: blanks.length, key });
    const value = scalar(rest);
    const before = entries.get(key)?.line;
    if (value === undefined) {
      errors.push(`line ${line}: ${key}: '${rest.trim()}' is not one value (quote it?)`);
    } else if (before !== undefined) {
      errors.push(`line ${line}: ${key} is set on line ${before} already`);
    } else {
      entries.set(key, { key, value, line });
    }
  }
  return { entries: [...entries.values()], errors };
}

/**
 * Plain, 'single' or "double" quoted, with a comment after it, or `[a, b]`, which is "a,b";
 * undefined for maps and blocks.
 */
function scalar(written: string): string | undefined {
  const trimmed = written.trim();
  const [, single, double] =
    /^(?:'((?:[^']|'')*)'|"((?:[^"\\]|\\["\\])*)")\s*(?:#.*)?$/.exec(trimmed) ?? [];
  if (single !== undefined) return single.replaceAll("''", "'");
  if (double !== undefined) return double.replaceAll(/\\(["\\])/g, "$1");
  const [, listed] = /^\[([^[\]{}"'#]*)\]\s*(?:#.*)?$/.exec(trimmed) ?? [];
  if (listed !== undefined)
    return listed
      .split(",")
      .map((one) => one.trim())
      .join(",");
  const plain = trimmed.replace(/(^|\s+)#.*$/, "");
  return /^[[{|>&*!%@`'"]/.test(plain) ? undefined : plain;
}
