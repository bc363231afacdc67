/** A record's fields as one element of structured data (RFC 5424, 6.3). */
import { visible } from "./visible.ts";

/** 6.3.3: a name has 32 characters at most. */
const longestName = 32;

export function structured(id: string, record: Readonly<Record<string, unknown>>): string {
  const parameters = flat(record).map(([name, value]) => ` ${name}="${escaped(value)}"`);
  return `[${id}${parameters.join("")}]`;
}

/** `process.exe`, and a list as JSON: a name that is there twice most receivers keep once. */
function flat(value: object, prefix = ""): [name: string, value: string][] {
  return Object.entries(value).flatMap(([key, inner]: [string, unknown]) => {
    const name = `${prefix}${key}`;
    if (inner === undefined || inner === null || inner === "") return [];
    if (Array.isArray(inner)) return inner.length === 0 ? [] : one(name, JSON.stringify(inner));
    if (typeof inner === "object") return flat(inner, `${name}.`);
    return one(name, typeof inner === "string" ? inner : JSON.stringify(inner));
  });
}

function one(name: string, value: string): [name: string, value: string][] {
  const allowed = name.replaceAll(/[^\x21-\x7e]|[=\]"]/g, "_").slice(0, longestName);
  return [[allowed, value]];
}

function escaped(value: string): string {
  return visible(value).replaceAll(/["\\\]]/g, (sign) => `\\${sign}`);
}
