/**
 * The rollouts of a workload, and what each behaviour is to the newest: a rollout learns only the
 * difference, what its parents' instances showed is inherited, what none shows again ages out.
 */
import { firstMs, type Entry } from "./entry.ts";
import type { Profile } from "./profile.ts";
import { byAge, type Rollout } from "./rollout.ts";
import { Watched } from "./watched.ts";

/**
 * - `new`: first shown since the rollout, by its template: in learning
 * - `kept`: known before it, and shown by it too
 * - `inherited`: known before it, not shown by it yet: stays allowed
 * - `aged`: the same, and there was time to show it: no longer allowed, and not forgotten either
 * - `foreign`: first shown since the rollout, but only by instances of other templates
 */
export type Standing = "new" | "kept" | "inherited" | "aged" | "foreign";

/** A week, so that what happens once a week has its chance. */
export const usualAgeMs = 7 * 24 * 3_600_000;
const secondMs = 1_000;

type Lived = Pick<Profile, "rollouts" | "instances">;

export class Lineage {
  /** The newest last. */
  readonly #rollouts: readonly Rollout[];
  readonly #instances: Lived["instances"];
  readonly #ageMs: number;
  readonly #watchedMs = new Map<number, number>();

  constructor({ rollouts, instances }: Lived, ageMs: number = usualAgeMs) {
    this.#rollouts = [...rollouts.entries.values()].sort(byAge);
    this.#instances = instances;
    this.#ageMs = ageMs;
  }

  standingOf(entry: Entry): Standing {
    const newest = this.#rollouts.at(-1);
    if (newest === undefined) return "new";
    const isOld = firstMs(entry) < newest.sinceMs;
    const last = this.#rollouts.findLastIndex((rollout) => shows(entry, rollout));
    if (last === this.#rollouts.length - 1) return isOld ? "kept" : "new";
    if (!isOld) return "foreign";
    return this.#watchedFrom(last + 1) >= this.#ageMs ? "aged" : "inherited";
  }

  /**
   * How long instances of this rollout and the later ones were watched whole: all that time the
   * behaviour could have been shown again, however often there was a new rollout meanwhile. Not how
   * long ago it was: a workload that sleeps does not forget. Of instances that were there before,
   * silence says nothing: the kernel tells a behaviour once.
   */
  #watchedFrom(index: number): number {
    const known = this.#watchedMs.get(index);
    if (known !== undefined) return known;
    const since = this.#rollouts[index]?.sinceMs ?? Infinity;
    const templates = new Set(this.#rollouts.slice(index).map(({ template }) => template));
    const instances = [...this.#instances.entries.values()].filter(
      ({ template, startedMs }) => templates.has(template) && startedMs >= since,
    );
    const watchedMs = new Watched(instances, secondMs, since).windows * secondMs;
    this.#watchedMs.set(index, watchedMs);
    return watchedMs;
  }
}

function shows({ templates }: Entry, { template, sinceMs }: Rollout): boolean {
  return templates.some(({ name, atMs }) => name === template && atMs >= sinceMs);
}
