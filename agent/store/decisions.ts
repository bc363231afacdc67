/**
 * The decisions of this host, the newest of them: appended, and the oldest dropped by their count.
 */
import type { DatabaseSync, SQLOutputValue } from "node:sqlite";
import { numberIn, textIn } from "./columns.ts";
import { atOnce } from "./transaction.ts";
import type { WorkloadName } from "./workload-name.ts";

export interface Decision extends WorkloadName {
  readonly atMs: number;
  /** One line of JSON, as `observe` prints it. */
  readonly line: string;
}

export interface StoredDecision extends Decision {
  /** Later decisions have greater ones; none is used twice. */
  readonly id: number;
}

export class Decisions {
  readonly #database: DatabaseSync;
  readonly #limit: number;

  constructor(database: DatabaseSync, limit: number) {
    this.#database = database;
    this.#limit = limit;
  }

  /** When it returns, they survive whatever happens to this process. */
  append(decisions: readonly Decision[]): void {
    atOnce(this.#database, () => {
      const insert = this.#database.prepare(
        "INSERT INTO decisions (at_ms, namespace, workload, line) VALUES (?, ?, ?, ?)",
      );
      for (const { atMs, namespace, workload, line } of decisions)
        insert.run(atMs, namespace, workload, line);
      this.#database
        .prepare("DELETE FROM decisions WHERE id <= (SELECT max(id) FROM decisions) - ?")
        .run(this.#limit);
    });
  }

  /** The newest first, one by one: there may be more than fit into memory. */
  *newest(sinceMs = 0): Generator<StoredDecision> {
    const rows = this.#database
      .prepare("SELECT * FROM decisions WHERE at_ms >= ? ORDER BY id DESC")
      .iterate(sinceMs);
    for (const row of rows) yield decisionIn(row);
  }
}

function decisionIn(row: Record<string, SQLOutputValue>): StoredDecision {
  return {
    id: numberIn(row, "id"),
    atMs: numberIn(row, "at_ms"),
    namespace: textIn(row, "namespace"),
    workload: textIn(row, "workload"),
    line: textIn(row, "line"),
  };
}
