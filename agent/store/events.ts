/**
 * What happened on this host, in its public form: decisions, moves of loops, and what else is kept.
 * Appended, asked for, and dropped when it is too old or too much.
 */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { storable } from "@pahlevan/core/query/storable.ts";
import { sortOf, unixMs, type Line } from "@pahlevan/exporters/record.ts";
import { numberIn } from "./columns.ts";
import type { EventLimits } from "./event-limits.ts";
import { EventPruner } from "./event-pruner.ts";
import { readEvents, type EventQuestion, type StoredEvent } from "./event-reading.ts";
import { atOnce } from "./transaction.ts";
import type { WorkloadName } from "./workload-name.ts";

export interface NewEvent extends WorkloadName {
  readonly atMs: number;
  readonly event: Line["event"];
  /** One line of JSON, as `observe` prints it. */
  readonly line: string;
}

export function eventOf(line: Line): NewEvent {
  const { time, event, namespace, workload } = line;
  return { atMs: unixMs(time), event, namespace, workload, line: JSON.stringify(line) };
}

export interface EventSums {
  readonly rows: number;
  /** Of their lines. */
  readonly bytes: number;
  readonly decisions: number;
}

export class Events {
  readonly #database: DatabaseSync;
  readonly #limits: EventLimits;
  readonly #pruner: EventPruner;
  readonly #grow: StatementSync;
  readonly #insert: StatementSync;
  readonly #add: StatementSync;

  constructor(database: DatabaseSync, limits: EventLimits) {
    this.#database = database;
    this.#limits = limits;
    this.#pruner = new EventPruner(database, limits);
    this.#grow = database.prepare(
      "INSERT INTO event_heaps (namespace, workload, event, rows, bytes) " +
        "VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO UPDATE " +
        "SET rows = rows + excluded.rows, bytes = bytes + excluded.bytes RETURNING id",
    );
    this.#insert = database.prepare(
      "INSERT INTO events (heap, at_ms, bytes, line) VALUES (?, ?, ?, ?)",
    );
    this.#add = database.prepare(
      "UPDATE event_sums SET rows = rows + ?, bytes = bytes + ?, decisions = decisions + ?",
    );
  }

  /** What is not kept is left out when it is appended. */
  keeps(event: Line["event"]): boolean {
    const sort = sortOf({ event });
    // Spans say again, in another form, what transitions say.
    if (sort === "span") return false;
    return this.#limits.firstSights || (sort !== "first_seen" && sort !== "instance");
  }

  /** When it returns, they survive whatever happens to this process. */
  append(events: readonly NewEvent[]): void {
    const heaps = new Map<string, Heap>();
    const rows = events.flatMap((event) => {
      if (!this.keeps(event.event)) return [];
      const name = JSON.stringify([event.namespace, event.workload, event.event]);
      const heap = heaps.get(name) ?? { of: event, rows: 0, bytes: 0, id: 0 };
      heaps.set(name, heap);
      const line = storable(event.line);
      const bytes = Buffer.byteLength(line);
      heap.rows++;
      heap.bytes += bytes;
      return [{ heap, atMs: event.atMs, bytes, line }];
    });
    if (rows.length === 0) return;
    atOnce(this.#database, () => {
      for (const heap of heaps.values()) this.#count(heap);
      // In the order in which they came: of one millisecond there may be many.
      for (const { heap, atMs, bytes, line } of rows) this.#insert.run(heap.id, atMs, bytes, line);
      this.#pruner.prune(rows.length);
    });
  }

  /** One step, for when nothing is appended; how many it dropped. */
  prune(): number {
    return atOnce(this.#database, () => this.#pruner.prune(0));
  }

  /** Page by page, so that whoever reads slowly keeps nobody from writing. */
  read(question: EventQuestion): Generator<StoredEvent> {
    return readEvents(this.#database, question);
  }

  sums(): EventSums {
    const row = this.#database.prepare("SELECT rows, bytes, decisions FROM event_sums").get() ?? {};
    return {
      rows: numberIn(row, "rows"),
      bytes: numberIn(row, "bytes"),
      decisions: numberIn(row, "decisions"),
    };
  }

  #count(heap: Heap): void {
    const { namespace, workload, event } = heap.of;
    const { rows, bytes } = heap;
    heap.id = numberIn(this.#grow.get(namespace, workload, event, rows, bytes) ?? {}, "id");
    this.#add.run(rows, bytes, event === "pahlevan.decision" ? rows : 0);
  }
}

interface Heap {
  readonly of: NewEvent;
  rows: number;
  bytes: number;
  id: number;
}
