/** The policy that a conversion writes, while it is being written: maps and lists of anything. */

export type Draft = { [name: string]: unknown };

/** Fields that have something in them; empty maps and lists say nothing. */
export function filled(fields: Draft): Draft {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => {
      if (value === undefined) return false;
      if (Array.isArray(value)) return value.length > 0;
      return typeof value !== "object" || value === null || Object.keys(value).length > 0;
    }),
  );
}
