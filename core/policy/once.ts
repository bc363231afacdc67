/** Each thing once, in the order of its first appearance. */

export function once<T>(items: readonly T[], text: (item: T) => string): T[] {
  const first = new Map<string, T>();
  for (const item of items) {
    const key = text(item);
    if (!first.has(key)) first.set(key, item);
  }
  return [...first.values()];
}
