/** Where each policy of this host is in its life, as its owner wrote it down. */
import type { DatabaseSync } from "node:sqlite";
import { numberIn, textIn } from "./columns.ts";
import { atOnce } from "./transaction.ts";

export interface PolicyState {
  readonly namespace: string;
  readonly name: string;
  /** JSON; its owner checks it when it is read. */
  readonly state: string;
  readonly savedMs: number;
}

export class PolicyStates {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  all(): PolicyState[] {
    return this.#database
      .prepare("SELECT * FROM policies ORDER BY namespace, name")
      .all()
      .map((row) => ({
        namespace: textIn(row, "namespace"),
        name: textIn(row, "name"),
        state: textIn(row, "state"),
        savedMs: numberIn(row, "saved_ms"),
      }));
  }

  /** These and no others: what is not among them is gone. */
  replace(states: readonly PolicyState[]): void {
    atOnce(this.#database, () => {
      this.#database.exec("DELETE FROM policies");
      const insert = this.#database.prepare("INSERT INTO policies VALUES (?, ?, ?, ?)");
      for (const { namespace, name, state, savedMs } of states)
        insert.run(namespace, name, state, savedMs);
    });
  }
}
