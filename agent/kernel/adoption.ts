/** Takes in what runs already: once more while something of it was missed, for it may never act. */
import { constants } from "node:os";
import type { Failure } from "./counters.ts";

const ROUNDS = 8;

export interface Looking {
  /** At all that runs, until all that is told of it was read. */
  readonly look: () => void;
  /** So far, and by anybody. */
  readonly missed: () => number;
}

export function adopt({ look, missed }: Looking): void {
  for (let round = 0; round < ROUNDS; round++) {
    const before = missed();
    look();
    if (missed() === before) return;
  }
}

/** Cgroups that got no slot although there may be one: the kernel was busy. */
export function notPlaced(failures: readonly Failure[]): number {
  const isMissed = ({ place, error }: Failure) =>
    place === "instance_insert" || (place === "instance_slot" && error !== -constants.errno.ENOENT);
  return failures.filter(isMissed).reduce((sum, { count }) => sum + count, 0);
}
