/**
 * Values for a bucket of which only the count is known: evenly within it, as Datadog's agent does
 * it; above the last bound there is nothing to guess, so it is that bound.
 */
import type { Bucket } from "./points.ts";

export function valuesIn({ from, to }: Pick<Bucket, "from" | "to">, count: number): number[] {
  if (to === Number.POSITIVE_INFINITY) return Array.from({ length: count }, () => from);
  return Array.from({ length: count }, (_, at) => from + ((to - from) * (at + 0.5)) / count);
}
