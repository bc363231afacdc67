/**
 * Drops events: those that are too old, and where there are too many, the oldest of the largest
 * heap (one workload's events of one sort). So nobody's history shrinks while another's is longer,
 * and whoever floods the store pays for it.
 */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { numberIn, textIn } from "./columns.ts";
import type { EventLimits } from "./event-limits.ts";

/** Rows of one heap that go before it is asked again which heap is the largest. */
const heapStep = 64;
/** What an append drops at most, besides twice what it brings: there is always less than before. */
const mostAtATime = 1_024;

interface Dropped {
  readonly id: number;
  readonly heap: number;
  readonly bytes: number;
}

export class EventPruner {
  readonly #limits: EventLimits;
  readonly #sums: StatementSync;
  readonly #aged: StatementSync;
  readonly #oldest: StatementSync;
  readonly #byBytes: StatementSync;
  readonly #byRows: StatementSync;
  readonly #delete: StatementSync;
  readonly #shrink: StatementSync;
  readonly #forget: StatementSync;
  readonly #subtract: StatementSync;

  constructor(database: DatabaseSync, limits: EventLimits) {
    this.#limits = limits;
    this.#sums = database.prepare("SELECT bytes, decisions FROM event_sums");
    this.#aged = database.prepare(
      "SELECT id, heap, bytes FROM events WHERE at_ms < ? ORDER BY at_ms LIMIT ?",
    );
    this.#oldest = database.prepare(
      "SELECT id, heap, bytes FROM events WHERE heap = ? ORDER BY at_ms, id LIMIT ?",
    );
    this.#byBytes = database.prepare("SELECT id FROM event_heaps ORDER BY bytes DESC LIMIT 1");
    this.#byRows = database.prepare(
      "SELECT id FROM event_heaps WHERE event = 'pahlevan.decision' ORDER BY rows DESC LIMIT 1",
    );
    this.#delete = database.prepare("DELETE FROM events WHERE id = ?");
    this.#shrink = database.prepare(
      "UPDATE event_heaps SET rows = rows - ?2, bytes = bytes - ?3 WHERE id = ?1 " +
        "RETURNING rows, event",
    );
    this.#forget = database.prepare("DELETE FROM event_heaps WHERE id = ?");
    this.#subtract = database.prepare(
      "UPDATE event_sums SET rows = rows - ?, bytes = bytes - ?, decisions = decisions - ?",
    );
  }

  /** Inside a transaction. `appended` rows are new in it. */
  prune(appended: number): number {
    const most = mostAtATime + 2 * appended;
    const { keptForMs, nowMs, decisionsKept, sizeBytes } = this.#limits;
    let dropped = 0;
    if (keptForMs !== undefined)
      dropped = this.#drop(this.#aged.all(nowMs() - keptForMs, most).map(droppedIn));
    while (dropped < most) {
      const sums = this.#sums.get() ?? {};
      const step = Math.min(heapStep, most - dropped);
      const decisionsOver = numberIn(sums, "decisions") - decisionsKept;
      const bytesOver = numberIn(sums, "bytes") - sizeBytes;
      let went = 0;
      if (decisionsOver > 0)
        went = this.#drop(this.#oldestOf(this.#byRows, Math.min(step, decisionsOver)));
      else if (bytesOver > 0)
        went = this.#drop(enoughOf(this.#oldestOf(this.#byBytes, step), bytesOver));
      if (went === 0) break;
      dropped += went;
    }
    return dropped;
  }

  #oldestOf(largest: StatementSync, most: number): readonly Dropped[] {
    const heap = largest.get();
    return heap === undefined ? [] : this.#oldest.all(numberIn(heap, "id"), most).map(droppedIn);
  }

  #drop(all: readonly Dropped[]): number {
    const heaps = new Map<number, { rows: number; bytes: number }>();
    for (const { id, heap, bytes } of all) {
      this.#delete.run(id);
      const sum = heaps.get(heap) ?? { rows: 0, bytes: 0 };
      heaps.set(heap, { rows: sum.rows + 1, bytes: sum.bytes + bytes });
    }
    for (const [heap, { rows, bytes }] of heaps) {
      const left = this.#shrink.get(heap, rows, bytes) ?? {};
      const isDecisions = textIn(left, "event") === "pahlevan.decision";
      this.#subtract.run(rows, bytes, isDecisions ? rows : 0);
      if (numberIn(left, "rows") === 0) this.#forget.run(heap);
    }
    return all.length;
  }
}

/** Of the oldest no more than have to go. */
function enoughOf(oldest: readonly Dropped[], bytes: number): readonly Dropped[] {
  let freed = 0;
  const enough = oldest.findIndex((row) => (freed += row.bytes) >= bytes);
  return enough < 0 ? oldest : oldest.slice(0, enough + 1);
}

function droppedIn(row: Parameters<typeof numberIn>[0]): Dropped {
  return { id: numberIn(row, "id"), heap: numberIn(row, "heap"), bytes: numberIn(row, "bytes") };
}
