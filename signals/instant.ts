/**
 * When an alert began, by its sender's clock. It tells one occurrence from the next and is not
 * compared with our clock, so that a clock which is off moves nothing; only what cannot be meant is
 * refused.
 */

/** Time zones and clocks that were never set reach this far; a year 9999 does not. */
const skewMs = 86_400_000;
/** Before there were alerts. Go's zero time is year 1. */
const earliestMs = Date.UTC(2000);

const rfc3339 = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,12})?([Zz]|[+-]\d\d:\d\d)$/;

/** In milliseconds; undefined for what is no instant, or Go's zero. */
function instant(text: string | undefined): number | undefined {
  if (text === undefined || !rfc3339.test(text)) return undefined;
  const ms = Date.parse(text.toUpperCase().replace(" ", "T"));
  return Number.isNaN(ms) ? undefined : ms;
}

export function startOf(
  text: string | undefined,
  nowMs: number,
): number | { readonly refused: string } {
  const ms = instant(text);
  if (ms === undefined || ms < earliestMs) {
    return { refused: "startsAt: missing, so one occurrence cannot be told from the next" };
  }
  if (ms > nowMs + skewMs) return { refused: "startsAt: more than a day ahead of this clock" };
  return ms;
}

/** When it ended; an end that is missing, absurd or before the beginning says no more than that. */
export function endOf(text: string | undefined, startsAtMs: number, nowMs: number): number {
  const ms = instant(text) ?? startsAtMs;
  return ms > nowMs + skewMs ? startsAtMs : Math.max(ms, startsAtMs);
}
