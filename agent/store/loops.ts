/** Where each loop of this host is, saved together with how far it has read its signals. */
import type { DatabaseSync } from "node:sqlite";
import { numberIn, textIn } from "./columns.ts";
import { StoreError } from "./error.ts";
import { atOnce } from "./transaction.ts";

export interface LoopName {
  readonly namespace: string;
  readonly policy: string;
  readonly workload: string;
}

export interface LoopState extends LoopName {
  /** JSON; its owner checks it when it is read. */
  readonly state: string;
  readonly savedMs: number;
}

export interface LoopStep {
  readonly changed: readonly LoopState[];
  /** Loops whose policy or workload is no more. */
  readonly gone?: readonly LoopName[];
  /** The `changed` of the last signal that these states know of. */
  readonly takenUpTo: number;
}

export class Loops {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  all(): LoopState[] {
    return this.#database
      .prepare("SELECT * FROM loops ORDER BY namespace, policy, workload")
      .all()
      .map((row) => ({
        namespace: textIn(row, "namespace"),
        policy: textIn(row, "policy"),
        workload: textIn(row, "workload"),
        state: textIn(row, "state"),
        savedMs: numberIn(row, "saved_ms"),
      }));
  }

  /** Both or neither: so a signal is taken once, whenever this process is killed. */
  save({ changed, gone = [], takenUpTo }: LoopStep): void {
    atOnce(this.#database, () => {
      const put = this.#database.prepare("INSERT OR REPLACE INTO loops VALUES (?, ?, ?, ?, ?)");
      for (const { namespace, policy, workload, state, savedMs } of changed)
        put.run(namespace, policy, workload, state, savedMs);
      const remove = this.#database.prepare(
        "DELETE FROM loops WHERE namespace = ? AND policy = ? AND workload = ?",
      );
      for (const { namespace, policy, workload } of gone) remove.run(namespace, policy, workload);
      const { changes } = this.#database
        .prepare("UPDATE signal_marks SET taken = ?1 WHERE ?1 BETWEEN taken AND changed")
        .run(takenUpTo);
      if (changes !== 1) throw new StoreError(`no loop can have taken signals up to ${takenUpTo}`);
    });
  }
}
