/**
 * After a clock went wrong and was put right: nothing has begun later than now. Else whatever waits
 * for a time to pass (a remedy, a step, a cool-down) would wait for as long as the clock was ahead.
 */
import type { Loop } from "./loop.ts";

export function bySoberClock(loop: Loop, nowMs: number, candidateMs: number): Loop {
  const { sinceMs, stepSinceMs, relearnedMs, healing, returns, candidates, loosened } = loop;
  const isAhead = (atMs: number) => atMs > nowMs;
  const endMs = nowMs + candidateMs;
  const lastsTooLong = [...candidates, ...loosened].some(({ expiresMs }) => expiresMs > endMs);
  const isSober = ![sinceMs, stepSinceMs, relearnedMs ?? 0, healing?.sinceMs ?? 0, ...returns].some(
    isAhead,
  );
  if (isSober && !lastsTooLong) return loop;
  const past = (atMs: number) => Math.min(atMs, nowMs);
  const ended = <T extends { readonly expiresMs: number }>(one: T): T => ({
    ...one,
    expiresMs: Math.min(one.expiresMs, endMs),
  });
  return {
    ...loop,
    sinceMs: past(sinceMs),
    stepSinceMs: past(stepSinceMs),
    returns: returns.map(past),
    candidates: candidates.map(ended),
    loosened: loosened.map(ended),
    ...(relearnedMs !== undefined && { relearnedMs: past(relearnedMs) }),
    ...(healing && { healing: { ...healing, sinceMs: past(healing.sinceMs) } }),
  };
}
