/** Points in time as a person says them. */
import { spanText } from "@pahlevan/core/profile/gate.ts";

export function ago(atMs: number, nowMs: number): string {
  return `since ${spanText(Math.max(0, nowMs - atMs))}`;
}

export function untilText(atMs: number, nowMs: number): string {
  return `for another ${spanText(Math.max(0, atMs - nowMs))}`;
}
