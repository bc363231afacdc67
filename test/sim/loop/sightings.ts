/** What was seen of a workload in its newest window: denials, and who failed. */
import type { Denial, World } from "@pahlevan/core/loop/world.ts";
import type { Doing } from "./acts.ts";

interface Seen {
  readonly doing: Doing;
  readonly id: string;
  readonly atMs: number;
  readonly denied: boolean;
  readonly times: number;
}

interface Failure {
  readonly atMs: number;
  readonly enforced: boolean;
}

const mostShown = 64;

export class Sightings {
  #seen: Seen[] = [];
  #failures: Failure[] = [];

  see(seen: Seen): void {
    this.#seen.push(seen);
  }

  fail(failure: Failure): void {
    this.#failures.push(failure);
  }

  forget(): void {
    if (this.#seen.length > 0) this.#seen = [];
    if (this.#failures.length > 0) this.#failures = [];
  }

  /** When the first of these is out of a window of that length. */
  endMs(windowMs: number): number {
    const ends = (all: readonly { readonly atMs: number }[]) =>
      all.reduce((first, { atMs }) => Math.min(first, atMs + windowMs + 1), Infinity);
    return Math.min(ends(this.#seen), ends(this.#failures));
  }

  since(sinceMs: number, isExplicit: (doing: Doing) => boolean): Pick<World, "denials" | "failed"> {
    const isLate = ({ atMs }: { readonly atMs: number }) => atMs < sinceMs;
    if (this.#seen.some(isLate)) this.#seen = this.#seen.filter((one) => !isLate(one));
    if (this.#failures.some(isLate)) this.#failures = this.#failures.filter((one) => !isLate(one));
    const enforced = this.#failures.filter((failure) => failure.enforced).length;
    const failed = { enforced, watched: this.#failures.length - enforced };
    return { denials: this.#seen.length === 0 ? [] : this.#denials(isExplicit), failed };
  }

  #denials(isExplicit: (doing: Doing) => boolean): readonly Denial[] {
    const byBehaviour = Map.groupBy(this.#seen, ({ doing }) => doing.behaviour);
    return [...byBehaviour.values()].flatMap((those) => {
      const [first] = those;
      if (first === undefined) return [];
      const { behaviour, facet, sensitive, oddity } = first.doing;
      const sum = (denied: boolean) =>
        those.reduce((so, each) => so + (each.denied === denied ? each.times : 0), 0);
      return {
        ...{ behaviour, facet, sensitive, oddity },
        instances: [...new Set(those.map(({ id }) => id))].slice(0, mostShown),
        denied: sum(true),
        watched: sum(false),
        explicit: isExplicit(first.doing),
        lastMs: those.at(-1)?.atMs ?? 0,
      };
    });
  }
}
