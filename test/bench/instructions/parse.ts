/** The few shapes that counts and baselines are read as. */

export function fields(value: unknown, where: string): Record<string, unknown> {
  if (typeof value !== "object" || value === null) throw new Error(`no object in ${where}`);
  return Object.fromEntries(Object.entries(value));
}

export function text(value: unknown, where: string): string {
  if (typeof value !== "string") throw new Error(`${String(value)} is no text in ${where}`);
  return value;
}

export function number(value: unknown, where: string): number {
  if (typeof value !== "number") throw new Error(`${String(value)} is no number in ${where}`);
  return value;
}

export function numbers(value: unknown, where: string): Record<string, number> {
  const entries = Object.entries(fields(value, where));
  return Object.fromEntries(entries.map(([name, each]) => [name, number(each, where)]));
}
