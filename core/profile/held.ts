/** What a profile keeps of a known-bad behaviour until a person has decided. */
import { joinedEntry, type Entry } from "./entry.ts";
import { actorsOfHeld } from "./limits.ts";
import { earliest, order, type Stamp } from "./stamps.ts";

export interface Held extends Entry {
  /** The names of the rules that hold it (known-bad.ts), sorted. */
  readonly rules: readonly string[];
  /** The programs that did it, the first few. */
  readonly actors: readonly Stamp[];
}

export function joinedHeld(a: Held, b: Held): Held {
  return {
    ...joinedEntry(a, b),
    rules: [...new Set([...a.rules, ...b.rules])].sort(order),
    actors: earliest(a.actors, b.actors, actorsOfHeld),
  };
}
