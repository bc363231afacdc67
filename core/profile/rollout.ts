/**
 * A rollout learns only the difference: what its parents' instances showed is inherited and stays
 * allowed, what only the new template shows is in learning, what it does not show again ages out.
 */
import { firstMs, type Entry } from "./entry.ts";

export interface Rollout {
  readonly template: string;
  readonly image: string;
  readonly sinceMs: number;
}

/** "1732200000000/web-7c9f": a template that is rolled out again is a rollout of its own. */
export function rolloutKey({ sinceMs, template }: Rollout): string {
  return `${sinceMs}/${template}`;
}

/** In a full list the newest stay. */
export function rolloutRank(key: string): number {
  return -Number(key.slice(0, key.indexOf("/")));
}

/** The one that counts now; undefined for a workload that never had any told. */
export function newestRollout(rollouts: Iterable<Rollout>): Rollout | undefined {
  let newest: Rollout | undefined;
  for (const rollout of rollouts) {
    const later = newest === undefined ? 1 : rollout.sinceMs - newest.sinceMs;
    if (later > 0 || (later === 0 && rollout.template > (newest?.template ?? ""))) newest = rollout;
  }
  return newest;
}

/**
 * - `new`: first shown since the rollout, by its template: in learning
 * - `kept`: known before it, and shown by it too
 * - `inherited`: known before it, not shown by it yet: stays allowed
 * - `aged`: the same, and it had its time to show it: no longer allowed, and not forgotten either
 * - `foreign`: first shown since the rollout, but only by instances of other templates
 */
export type Standing = "new" | "kept" | "inherited" | "aged" | "foreign";

/** A week, so that what happens once a week has its chance. */
export const usualAgeMs = 7 * 24 * 3_600_000;

/**
 * `watchedMs`: how long instances of the rollout were watched whole. Not how long ago it was: a
 * workload that sleeps does not forget.
 */
export function standingOf(
  entry: Entry,
  rollout: Rollout | undefined,
  watchedMs: number,
  ageMs: number = usualAgeMs,
): Standing {
  if (rollout === undefined) return "new";
  const isOld = firstMs(entry) < rollout.sinceMs;
  const isShown = entry.templates.some(
    ({ name, atMs }) => name === rollout.template && atMs >= rollout.sinceMs,
  );
  if (isShown) return isOld ? "kept" : "new";
  if (!isOld) return "foreign";
  return watchedMs >= ageMs ? "aged" : "inherited";
}
