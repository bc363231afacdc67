/**
 * What a delivery makes of the rows of its alert. Whatever order deliveries come in and however
 * often, the rows end the same: an occurrence is over once anybody said that it is, or that the
 * alert was at rest at any time since it began.
 */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { occurrenceOf, type Heartbeat } from "@pahlevan/core/loop/signal.ts";
import type { Told } from "@pahlevan/signals/inbox.ts";
import { numberIn, textIn } from "./columns.ts";
import { saidBy } from "./signal-row.ts";

export class SignalRules {
  readonly #row: StatementSync;
  readonly #isOver: StatementSync;
  readonly #insert: StatementSync;
  readonly #resolve: StatementSync;
  readonly #extend: StatementSync;
  readonly #begun: StatementSync;
  readonly #hear: StatementSync;
  /** Of the last change so far. */
  #changed: number;

  constructor(database: DatabaseSync, changed: number) {
    const key = "source = ? AND fingerprint = ?";
    const one = `${key} AND starts_ms = ?`;
    this.#row = database.prepare(`SELECT status FROM signals WHERE ${one}`);
    this.#isOver = database.prepare(`SELECT 1 FROM signals WHERE ${key} AND ends_ms > ? LIMIT 1`);
    this.#insert = database.prepare("INSERT INTO signals VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
    this.#resolve = database.prepare(
      `UPDATE signals SET status = 'resolved', changed = ?, changed_ms = ? WHERE ${one}`,
    );
    this.#extend = database.prepare(
      `UPDATE signals SET ends_ms = max(coalesce(ends_ms, 0), ?) WHERE ${one}`,
    );
    this.#begun = database.prepare(
      `SELECT starts_ms FROM signals WHERE ${key} AND starts_ms < ? AND status = 'firing'`,
    );
    // What is heard late says little: the next one comes soon, and its absence is what counts.
    this.#hear = database.prepare(
      `INSERT INTO heartbeats VALUES (?, ?, ?, ?) ON CONFLICT (source) DO UPDATE SET
         status = excluded.status, starts_ms = excluded.starts_ms, heard_ms = excluded.heard_ms
       WHERE excluded.status = 'firing' OR excluded.starts_ms >= starts_ms`,
    );
    this.#changed = changed;
  }

  get changed(): number {
    return this.#changed;
  }

  /** The rows that these would add. */
  rowsOf(signals: readonly Told[]): number {
    const unknown = signals.filter(
      ({ source, fingerprint, startsAtMs }) =>
        this.#row.get(source, fingerprint, startsAtMs) === undefined,
    );
    return new Set(unknown.map(occurrenceOf)).size;
  }

  /** Whether it said something new. */
  apply(told: Told, nowMs: number): boolean {
    const { source, fingerprint, startsAtMs, status } = told;
    const endsAtMs = status === "resolved" ? (told.endsAtMs ?? startsAtMs) : null;
    const before = this.#changed;
    const row = this.#row.get(source, fingerprint, startsAtMs);
    if (row === undefined) {
      const isOver =
        status === "resolved" || this.#isOver.get(source, fingerprint, startsAtMs) !== undefined;
      const now = isOver ? "resolved" : "firing";
      const key = [source, fingerprint, startsAtMs] as const;
      this.#insert.run(...key, now, endsAtMs, saidBy(told), ++this.#changed, nowMs);
    } else if (endsAtMs !== null) {
      if (textIn(row, "status") === "firing")
        this.#resolve.run(++this.#changed, nowMs, source, fingerprint, startsAtMs);
      this.#extend.run(endsAtMs, source, fingerprint, startsAtMs);
    }
    if (endsAtMs !== null) this.#endAll(told, endsAtMs, nowMs);
    return this.#changed > before;
  }

  hear({ source, status, startsAtMs }: Heartbeat, nowMs: number): void {
    this.#hear.run(source, status, startsAtMs, nowMs);
  }

  #endAll({ source, fingerprint }: Told, endsAtMs: number, nowMs: number): void {
    for (const row of this.#begun.all(source, fingerprint, endsAtMs)) {
      const startsAtMs = numberIn(row, "starts_ms");
      this.#resolve.run(++this.#changed, nowMs, source, fingerprint, startsAtMs);
    }
  }
}
