/**
 * How good is a learned policy? Held against behaviour of the same workload that it has not seen.
 */
import { admits, generalise } from "@pahlevan/core/profile/generalise/generalise.ts";
import { usualGeneralising } from "@pahlevan/core/profile/generalise/group.ts";

export interface HeldOut {
  /** Of the windows of time: those in which nothing would be denied. */
  readonly windowsAdmitted: number;
  /**
   * Those in which something would be denied for the first time: what the unseen mass speaks of.
   * How long a thing then goes on is another matter.
   */
  readonly windowsWithNews: number;
  /** Of the different behaviours. */
  readonly behavioursAdmitted: number;
  /** Lines of the policy: patterns, and what stands for itself. */
  readonly entries: number;
  /** Behaviours that it was made from. */
  readonly learned: number;
}

/** Texts of behaviours: those learned, and for each window those of normal life later. */
export function heldOut(
  learned: Iterable<string>,
  later: Iterable<readonly string[]>,
  settings = usualGeneralising,
): HeldOut {
  const texts = new Set(learned);
  const policy = generalise(texts, settings);
  const verdicts = new Map<string, boolean>();
  const windows = Array.from(later, (window) => {
    const first = window.filter((text) => !verdicts.has(text));
    for (const text of first) verdicts.set(text, admits(policy, text, settings) !== undefined);
    const isDenied = (text: string) => verdicts.get(text) === false;
    return { isAdmitted: !window.some(isDenied), isNews: first.some(isDenied) };
  });
  return {
    windowsAdmitted: share(windows, ({ isAdmitted }) => isAdmitted),
    windowsWithNews: windows.length === 0 ? 0 : share(windows, ({ isNews }) => isNews),
    behavioursAdmitted: share([...verdicts.values()], (admitted) => admitted),
    entries: policy.groups.length + policy.exact.size,
    learned: texts.size,
  };
}

function share<T>(all: readonly T[], counts: (one: T) => boolean): number {
  return all.length === 0 ? 1 : all.filter(counts).length / all.length;
}
