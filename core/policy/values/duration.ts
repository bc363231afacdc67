/** Durations as Go writes them: 300ms, 5m, 1h30m, 1.5h. In here they are milliseconds. */
import { refused, type Read } from "./read.ts";

const unitsMs: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };
/** A year: whatever is longer is a slip of the finger. */
export const longestMs = 8_760 * 3_600_000;

export const durationSays = "a duration such as 30s, 5m or 1h30m";
export const durationPattern = /^([0-9]{1,9}(\.[0-9]{1,9})?(ms|s|m|h))+$/;

export function readDuration(text: string): Read<number> {
  if (!durationPattern.test(text)) return refused(`it takes ${durationSays}`);
  let milliseconds = 0;
  for (const [, amount, , unit = ""] of text.matchAll(/([0-9]+(\.[0-9]+)?)(ms|s|m|h)/g)) {
    milliseconds += Number(amount) * (unitsMs[unit] ?? Number.NaN);
  }
  const value = Math.round(milliseconds);
  if (value < 1) return refused("it is no time at all");
  return value > longestMs ? refused("it is more than a year") : { value };
}

export function durationText(milliseconds: number): string {
  let rest = milliseconds;
  let text = "";
  for (const unit of ["h", "m", "s", "ms"]) {
    const size = unitsMs[unit] ?? 1;
    if (rest >= size) text += `${Math.floor(rest / size)}${unit}`;
    rest %= size;
  }
  return text;
}
