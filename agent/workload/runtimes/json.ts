/** Reads the few fields wanted from JSON of others, without trusting its shape. */

export function parseJson(text: string): unknown {
  return JSON.parse(text);
}

/** The value at a path of keys, or undefined where the path breaks off. */
function at(value: unknown, ...keys: readonly string[]): unknown {
  let here = value;
  for (const key of keys) {
    if (typeof here !== "object" || here === null || !Object.hasOwn(here, key)) return undefined;
    here = Reflect.get(here, key);
  }
  return here;
}

export function text(value: unknown, ...keys: readonly string[]): string {
  const found = at(value, ...keys);
  return typeof found === "string" ? found : "";
}

export function list(value: unknown, ...keys: readonly string[]): readonly unknown[] {
  const found = at(value, ...keys);
  return Array.isArray(found) ? found : [];
}

/** A runtime may carry more, and longer, labels than anybody selects on; the rest is left out. */
const maxLabels = 256;
const maxLabelLength = 4096;

export function labels(value: unknown, ...keys: readonly string[]): Record<string, string> {
  const found = at(value, ...keys);
  const entries = typeof found === "object" && found !== null ? Object.entries(found) : [];
  return boundedLabels(
    entries.filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
}

export function boundedLabels(
  entries: readonly (readonly [string, string])[],
): Record<string, string> {
  return Object.fromEntries(
    entries
      .filter(([key, value]) => key.length + value.length <= maxLabelLength)
      .slice(0, maxLabels),
  );
}
