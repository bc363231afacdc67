/**
 * Whether what is there is what is wanted: Datadog adds fields of its own (ids, defaults), which
 * are nobody's difference, and puts tags into its own order.
 */
export function holds(is: unknown, wanted: unknown): boolean {
  if (Array.isArray(wanted)) {
    if (!Array.isArray(is) || is.length !== wanted.length) return false;
    const there: readonly unknown[] = is;
    return wanted.every((one, at) =>
      typeof one === "string" ? there.includes(one) : holds(there[at], one),
    );
  }
  if (typeof wanted !== "object" || wanted === null) return is === wanted;
  if (typeof is !== "object" || is === null) return false;
  const fields = new Map(Object.entries(is));
  return Object.entries(wanted).every(([name, value]) => holds(fields.get(name), value));
}
