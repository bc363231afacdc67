/** The one interface behind which every receiver of what leaves Pahlevan stands. */
import type { Snapshot } from "./metrics/snapshot.ts";
import type { Outgoing, Sort } from "./record.ts";
import type { Keys, Values } from "./settings.ts";

/** What happened to a batch. Each of its records is in one of the three. */
export interface Report {
  /** The peer has it, and said so. */
  readonly sent: number;
  /** To be tried again, in their order. */
  readonly again: readonly Outgoing[];
  /** The peer will never take them: how many, by reason (a word for a metric's label). */
  readonly refused: Readonly<Record<string, number>>;
  /** Not before: the peer has asked for it. */
  readonly afterMs?: number;
  /** Why not all were sent, for a person. */
  readonly why?: string;
}

/**
 * A receiver. Whoever calls has one call under way at a time, queues, retries, spills to disk and
 * counts; a sink speaks its peer's protocol, and tells the truth about what became of a batch.
 */
export interface Sink {
  /** Rejects where the peer could not be asked: then all is tried again. */
  send(batch: readonly Outgoing[], signal: AbortSignal): Promise<Report>;
  /** All metrics as they are now. What is lost is made good by the next one. */
  sendMetrics?(snapshot: Snapshot, signal: AbortSignal): Promise<void>;
  /** Tries the peer, changing as little there as it can; says what it found, or rejects. */
  check(signal: AbortSignal): Promise<string>;
  close(): Promise<void>;
}

/** Who sends, and what of the sender's a sink may use. */
export interface Around {
  /** The sink's name in the configuration, for its log lines. */
  readonly name: string;
  readonly host: string;
  /** Empty where none is named. */
  readonly cluster: string;
  readonly version: string;
  readonly nowMs: () => number;
  readonly complain: (says: string) => void;
  /** Of the sink's own making (an incident that is over, a digest): queued as others are. */
  readonly enqueue: (record: Outgoing) => void;
  /** What a sink remembers over restarts, bounded. */
  readonly memory: Memory;
}

export interface Memory {
  get(key: string): string | undefined;
  set(key: string, value: string): void;
  delete(key: string): void;
  entries(): Iterable<readonly [key: string, value: string]>;
}

/** Batches are as large as the peer takes them, and go when one is full or after a wait. */
export interface BatchLimits {
  readonly records: number;
  readonly bytes: number;
  readonly waitMs: number;
}

export interface SinkKind<K extends Keys = Keys> {
  /** What `type` says in the configuration. */
  readonly type: string;
  /** One sentence: what arrives where. */
  readonly says: string;
  readonly keys: K;
  /** What it is sent unless `events` says otherwise. */
  readonly events: readonly Sort[];
  readonly metrics: boolean;
  batch(settings: Values<K>): BatchLimits;
  /** Throws a sentence where the settings do not go together. */
  make(settings: Values<K>, around: Around): Sink;
}

export function sent(batch: readonly Outgoing[]): Report {
  return { sent: batch.length, again: [], refused: {} };
}

export function tryAgain(batch: readonly Outgoing[], why: string, afterMs?: number): Report {
  return { sent: 0, again: batch, refused: {}, why, ...(afterMs !== undefined && { afterMs }) };
}

export function refuse(batch: readonly Outgoing[], reason: string, why: string): Report {
  return { sent: 0, again: [], refused: { [reason]: batch.length }, why };
}

/** Of two parts of a batch. */
export function together(one: Report, other: Report): Report {
  const refused: Record<string, number> = { ...one.refused };
  for (const [reason, count] of Object.entries(other.refused))
    refused[reason] = (refused[reason] ?? 0) + count;
  const afterMs = Math.max(one.afterMs ?? 0, other.afterMs ?? 0);
  const why = one.why ?? other.why;
  return {
    sent: one.sent + other.sent,
    again: [...one.again, ...other.again],
    refused,
    ...(afterMs > 0 && { afterMs }),
    ...(why !== undefined && { why }),
  };
}
