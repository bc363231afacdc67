/** What a sink's queue says of itself: accepted = sent + queued + spilled + dropped, always. */
import type { Lane } from "../record.ts";

export interface SinkFigures {
  /** In the configuration. */
  readonly name: string;
  readonly type: string;
  readonly accepted: Readonly<Record<Lane, number>>;
  readonly sent: Readonly<Record<Lane, number>>;
  /** In memory, also what is on its way now. */
  readonly queued: Readonly<Record<Lane, number>>;
  /** On disk. */
  readonly spilled: Readonly<Record<Lane, number>>;
  readonly spilledBytes: number;
  readonly dropped: readonly {
    readonly lane: Lane;
    readonly reason: string;
    readonly count: number;
  }[];
  /** Requests by what became of them. */
  readonly attempts: { readonly done: number; readonly failed: number };
  /** Nobody is asked for a while: it failed too often. */
  readonly isResting: boolean;
  /** Undefined before the first. */
  readonly lastSentMs: number | undefined;
  /** Why the newest attempt failed, until one does not. */
  readonly trouble: string | undefined;
}
