/**
 * Opens the store's file, or makes it. What is no store, damaged or of a newer release is left as
 * it is, and the error says what to do.
 */
import { closeSync, mkdirSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { reasonOf, StoreError } from "./error.ts";
import { migrate, schemaVersion } from "./migrations.ts";
import { atOnce } from "./transaction.ts";

/** "PHLV", so that `file` and we know it from other databases. */
const applicationId = 0x50_48_4c_56;
const magic = "SQLite format 3\0";
/** Another process writes a profile meanwhile: a second is long for it. */
const busyMs = 10_000;

export function storeFile(directory: string): string {
  return join(directory, "pahlevan.db");
}

export function openDatabase(directory: string, make: boolean): DatabaseSync {
  const file = storeFile(directory);
  if (make) mkdirSync(directory, { recursive: true, mode: 0o700 });
  expectDatabase(file, make);
  const database = new DatabaseSync(file, { timeout: busyMs });
  try {
    prepare(database, file);
    return database;
  } catch (error) {
    database.close();
    throw isDamage(error) ? new StoreError(damaged(file, reasonOf(error))) : error;
  }
}

/** Looked at before SQLite does, which takes the shortest files for new databases. */
function expectDatabase(file: string, make: boolean): void {
  const begin = Buffer.alloc(magic.length);
  // The log and the shared memory that SQLite makes beside it get the same mode.
  const descriptor = openSync(file, make ? "a+" : "r", 0o600);
  try {
    const length = readSync(descriptor, begin, 0, begin.length, 0);
    if (length > 0 && begin.toString("latin1") !== magic)
      throw new StoreError(damaged(file, "it is no database"));
  } finally {
    closeSync(descriptor);
  }
}

function prepare(database: DatabaseSync, file: string): void {
  const before = numberOf(database, "user_version");
  const owner = numberOf(database, "application_id");
  const isEmpty = numberOf(database, "schema_version") === 0;
  if (!isEmpty && owner !== applicationId)
    throw new StoreError(damaged(file, "it is another program's database"));
  if (before > schemaVersion) {
    throw new StoreError(
      `${file} has schema ${before}, this release knows ${schemaVersion}: a newer one wrote it; ` +
        "upgrade, or name another folder with --state-directory",
    );
  }
  // What SQLite finds damaged is not written to: somebody may still save the rest of it.
  const [found] = database.prepare("PRAGMA quick_check(1)").all();
  const verdict = String(found?.["quick_check"]);
  if (verdict !== "ok") throw new StoreError(damaged(file, verdict.split("\n").at(-1) ?? ""));
  // Readers and one writer at a time, and nothing torn: whatever is killed, a commit is there or
  // is not. Killing loses none; a power cut may lose the last ones (synchronous = NORMAL), but for
  // those of atOnceOnDisk.
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");
  database.exec("PRAGMA trusted_schema = OFF");
  if (before === schemaVersion) return;
  // Asked again inside: two processes may have found it empty at the same time.
  atOnce(database, () => {
    database.exec(`PRAGMA application_id = ${applicationId}`);
    migrate(database, numberOf(database, "user_version"));
  });
}

/** SQLITE_CORRUPT and SQLITE_NOTADB; whatever else fails (a full disk) is not the file's fault. */
function isDamage(error: unknown): boolean {
  const code = error instanceof Error && "errcode" in error ? Number(error.errcode) & 0xff : 0;
  return code === 11 || code === 26;
}

function numberOf(database: DatabaseSync, pragma: string): number {
  return Number(database.prepare(`PRAGMA ${pragma}`).get()?.[pragma]);
}

function damaged(file: string, why: string): string {
  return (
    `${file} is no store of Pahlevan's, or it is damaged (${why}); nothing was written to it: ` +
    "move it away to begin anew, or name another folder with --state-directory"
  );
}
