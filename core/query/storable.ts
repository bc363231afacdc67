/**
 * A record's JSON as every database can hold and search it: without U+0000, at which one ends a
 * text and which another refuses, and without halves of surrogate pairs. A name that somebody looks
 * up may have them, and nothing that was done may be missing for it.
 */

/** In JSON both are written as escapes, unless whoever wrote it left a half as it is. */
const unfit = /\\u0000|\\u[dD][89a-fA-F]|\p{Cs}/u;

export function storable(json: string): string {
  if (!unfit.test(json)) return json;
  return JSON.stringify(fit(JSON.parse(json)));
}

function fit(value: unknown): unknown {
  if (typeof value === "string") return value.replaceAll("\0", String.raw`\x00`).toWellFormed();
  if (Array.isArray(value)) return value.map(fit);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [String(fit(key)), fit(inner)]),
  );
}
