/** One text for one value: what tables are ordered by, compared by and made a digest of. */
import type { Compiled } from "./compiled.ts";

/** JSON with its keys in order, and without what is undefined. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) =>
    typeof each === "object" && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : each,
  );
}

/**
 * What a digest of the tables is made of. Two policies with equal ones are one to the kernel: a
 * generation is new where, and only where, this is.
 */
export function digestInput({ tables }: Compiled): string {
  return canonical(tables);
}

/** Each entry once, in an order that depends on nothing but the entries. */
export function ordered<T>(entries: Iterable<T>): T[] {
  const byText = new Map<string, T>();
  for (const entry of entries) byText.set(canonical(entry), entry);
  return [...byText].toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([, entry]) => entry);
}
