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

  /** The oldest first, one by one: there may be more than fit into memory. */
  *since(atMs: number): Generator<StoredDecision> {
    const rows = this.#database
      .prepare("SELECT * FROM decisions WHERE at_ms >= ? ORDER BY id")
      .iterate(atMs);
    for (const row of rows) yield decisionIn(row);
  }

  /** The newest first; of one workload or of all. */
  newest(most: number, of?: WorkloadName): StoredDecision[] {
    const rows =
      of === undefined
        ? this.#database.prepare("SELECT * FROM decisions ORDER BY id DESC LIMIT ?").all(most)
        : this.#database
            .prepare(
              "SELECT * FROM decisions WHERE namespace = ? AND workload = ? ORDER BY id DESC LIMIT ?",
            )
            .all(of.namespace, of.workload, most);
    return rows.map(decisionIn);
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
