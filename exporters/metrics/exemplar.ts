/** One occasion of the many that a number counts: where a person may look at it whole. */

export interface Occasion {
  readonly labels: Readonly<Record<string, string>>;
  readonly atMs: number;
}

export interface Exemplar extends Occasion {
  readonly value: number;
}

/** The specification of OpenMetrics 1.0: names and values together, in characters. */
const mostCharacters = 128;

/** As Grafana looks for it. */
export function traced(
  { traceId, spanId }: { readonly traceId: string; readonly spanId: string },
  atMs: number,
): Occasion {
  return { labels: { trace_id: traceId, span_id: spanId }, atMs };
}

/** One that is too long would cost the whole scrape. */
export function isShort({ labels }: Occasion): boolean {
  return Object.entries(labels).flat().join("").length <= mostCharacters;
}
