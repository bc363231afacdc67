/** What a person decided about a held behaviour or a generalisation. The last word counts. */
import { order } from "./stamps.ts";

export interface Verdict {
  readonly allow: boolean;
  readonly by: string;
  readonly reason: string;
  readonly atMs: number;
}

/** Of two at the same moment, the one that refuses. */
export function joinedVerdict(a: Verdict, b: Verdict): Verdict {
  const first =
    b.atMs - a.atMs ||
    Number(a.allow) - Number(b.allow) ||
    order(a.by, b.by) ||
    order(a.reason, b.reason);
  return first <= 0 ? a : b;
}
