/** What makes two messages about one alert: the sender's own mark of it, or one of ours. */
import { createHash } from "node:crypto";
import type { Labels } from "./target.ts";

const mark = /^[\w.:-]{1,128}$/;

export function isMark(text: string): boolean {
  return mark.test(text);
}

/** The same for the same parts in the same order. */
export function fingerprintOf(parts: readonly string[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 32);
}

export function fingerprintOfLabels(labels: Labels): string {
  const pairs = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
  return fingerprintOf(pairs.flat());
}
