/** Several statements that are done together or not at all. */
import type { DatabaseSync } from "node:sqlite";

/** Waits for another process' writing first: what is read inside is what is written over. */
export function atOnce<T>(database: DatabaseSync, work: () => T): T {
  database.exec("BEGIN IMMEDIATE");
  try {
    const result = work();
    database.exec("COMMIT");
    return result;
  } catch (error) {
    if (database.isTransaction) database.exec("ROLLBACK");
    throw error;
  }
}

/**
 * The same, and when it returns, a power cut cannot undo it either: that costs waiting for the
 * disk.
 */
export function atOnceOnDisk<T>(database: DatabaseSync, work: () => T): T {
  database.exec("PRAGMA synchronous = FULL");
  try {
    return atOnce(database, work);
  } finally {
    database.exec("PRAGMA synchronous = NORMAL");
  }
}
