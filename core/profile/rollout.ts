/** A rollout: from when on instances are made from a template (lineage.ts says what follows). */
import { order } from "./stamps.ts";

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

export function byAge(a: Rollout, b: Rollout): number {
  return a.sinceMs - b.sinceMs || order(a.template, b.template);
}

/** The one that counts now; undefined for a workload that never had any told. */
export function newestRollout(rollouts: Iterable<Rollout>): Rollout | undefined {
  return [...rollouts].sort(byAge).at(-1);
}
