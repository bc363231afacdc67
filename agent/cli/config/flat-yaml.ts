/**
 * The part of YAML that a flat file of settings needs: `key: value` lines. What is more is refused
 * by line.
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

export function parseFlatYaml(source: string): FlatFile {
  const entries: Entry[] = [];
  const errors: string[] = [];
  const seenAt = new Map<string, number>();
  for (const [index, raw] of source
    .replace(/^\uFEFF/, "")
    .split(/\r?\n/)
    .entries()) {
    const line = index + 1;
    if (/^\s*(#.*)?$/.test(raw) || raw === "---") continue;
    const [, key, rest = ""] = /^([A-Za-z][\w.-]*)\s*:(?:\s+(.*))?$/.exec(raw) ?? [];
    if (key === undefined) {
      errors.push(`line ${line}: '${raw.trim()}' is not of the form 'key: value'`);
      continue;
    }
    const value = scalar(rest);
    const before = seenAt.get(key);
    if (value === undefined) {
      errors.push(`line ${line}: ${key}: '${rest.trim()}' is not one value (quote it?)`);
    } else if (before !== undefined) {
      errors.push(`line ${line}: ${key} is set on line ${before} already`);
    } else {
      seenAt.set(key, line);
      entries.push({ key, value, line });
    }
  }
  return { entries, errors };
}

/**
 * Plain, 'single' or "double" quoted, with a comment after it; undefined for lists, maps and
 * blocks.
 */
function scalar(written: string): string | undefined {
  const trimmed = written.trim();
  const [, single, double] =
    /^(?:'((?:[^']|'')*)'|"((?:[^"\\]|\\["\\])*)")\s*(?:#.*)?$/.exec(trimmed) ?? [];
  if (single !== undefined) return single.replaceAll("''", "'");
  if (double !== undefined) return double.replaceAll(/\\(["\\])/g, "$1");
  const plain = trimmed.replace(/(^|\s+)#.*$/, "");
  return /^[[{|>&*!%@`'"]/.test(plain) ? undefined : plain;
}
