/**
 * Where an instance is in its life: starting up (init) or at its work (steady).
 *
 * Quiescence decides, because every program has it: while a program starts, what it does is new
 * with nearly every act; when it has done nothing new for a while, it has started. A socket that
 * listens, or a readiness probe that passes, says the same earlier, so then a shorter pause is
 * enough. Listening alone is not: servers read certificates and warm caches behind it.
 *
 * Where the rule errs, it errs towards steady: a program that pauses in the midst of its start has
 * the rest of it counted as steady, which allows more for longer and breaks nothing.
 */
import type { Behaviour } from "../behaviour/behaviour.ts";
import type { KernelEvent } from "../behaviour/event.ts";
import type { Instance } from "./instance.ts";

export interface LifecycleSettings {
  /** So long without anything new, and the start is over. */
  readonly settleMs: number;
  /** The same once it listens or is said to be ready. */
  readonly settleReadyMs: number;
  /** A start that never settles is over by then. */
  readonly longestInitMs: number;
}

export const usualLifecycle: LifecycleSettings = {
  settleMs: 10_000,
  settleReadyMs: 2_000,
  longestInitMs: 600_000,
};

/** What it depends on. */
export type Life = Pick<Instance, "startedMs" | "newsMs" | "readyMs" | "adopted" | "steadySinceMs">;

/** A policy denied it, or would have: whatever came of that, nobody is taught by it in silence. */
export function isDecided({ decision }: KernelEvent): boolean {
  return decision !== undefined && decision.action !== "tell";
}

/** What an event changes in it. `behaviours`: those that the event is read as. */
export function lived(
  { newsMs, readyMs }: Life,
  event: KernelEvent,
  behaviours: readonly Behaviour[],
  atMs: number,
): Pick<Life, "newsMs" | "readyMs"> {
  // What a runtime does in the container before its first program is no start of the workload's.
  if (event.flags.includes("setup")) return { newsMs };
  const isNews = behaviours.length > 0 && !event.flags.includes("every") && !isDecided(event);
  const listens = event.detail.kind === "listen" && readyMs === undefined;
  return { newsMs: isNews ? Math.max(newsMs, atMs) : newsMs, ...(listens && { readyMs: atMs }) };
}

/** When it became steady, as far as can be said at `nowMs`; undefined while it starts. */
export function steadySince(
  instance: Life,
  nowMs: number,
  settings: LifecycleSettings = usualLifecycle,
): number | undefined {
  const { startedMs, newsMs, readyMs, adopted, steadySinceMs } = instance;
  if (steadySinceMs !== undefined) return steadySinceMs;
  // Its start is over already, or cannot be told from the rest.
  if (adopted) return startedMs;
  const settle = readyMs === undefined ? settings.settleMs : settings.settleReadyMs;
  const settledMs = Math.max(startedMs, newsMs, readyMs ?? 0) + settle;
  const sinceMs = Math.min(settledMs, startedMs + settings.longestInitMs);
  return nowMs >= sinceMs ? sinceMs : undefined;
}
