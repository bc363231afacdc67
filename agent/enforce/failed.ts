/** Whether an instance that has ended has failed, and by what. */
import { constants } from "node:os";
import type { Failure } from "../kernel/instance-table.ts";

/** So soon after a refusal, or after a failure within it, its end is by that. */
export const soonAfterMs = 10_000;
/** Where nobody knows how it ended: who ends so soon has failed. */
const soonMs = 60_000;

export interface End {
  readonly livedMs: number;
  /** It was refused something just before. */
  readonly isRefused: boolean;
}

const signalNames = new Map(
  Object.entries(constants.signals).map(([name, number]) => [number, name] as const),
);

/** Undefined: it did what it had to, or somebody has ended it. */
export function whyFailed(
  failure: Failure | "not sensed" | undefined,
  { livedMs, isRefused }: End,
): string | undefined {
  if (failure === "not sensed" && livedMs < soonMs) return "it ended soon after its start";
  const isLast =
    failure !== undefined && failure !== "not sensed" && failure.beforeEndMs < soonAfterMs;
  if (isLast) return textOf(failure);
  return isRefused ? "it ended right after it was refused something" : undefined;
}

function textOf({ code, forMemory }: Failure): string {
  if (forMemory) return "it was killed for want of memory";
  const signal = code & 0x7f;
  if (signal === 0) return `it ended with code ${(code >> 8) & 0xff}`;
  return `it was ended by ${signalNames.get(signal) ?? `signal ${signal}`}`;
}
