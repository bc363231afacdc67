/** What a peer answered in JSON, of which nothing is taken for granted. */

/** Undefined where it is no JSON. */
export function jsonIn(body: string): unknown {
  try {
    const value: unknown = JSON.parse(body);
    return value;
  } catch {
    return undefined;
  }
}

/** The value at the end of a way of names; undefined where the way ends before. */
export function at(value: unknown, ...names: readonly string[]): unknown {
  let here: unknown = value;
  for (const name of names) {
    if (typeof here !== "object" || here === null) return undefined;
    here = new Map<string, unknown>(Object.entries(here)).get(name);
  }
  return here;
}

export function textAt(value: unknown, ...names: readonly string[]): string {
  const found = at(value, ...names);
  return typeof found === "string" ? found : "";
}
