/** The store's schema, step by step: each release adds steps at the end and changes none. */
import type { DatabaseSync } from "node:sqlite";

const steps: readonly string[] = [
  `
  -- One row counts every change of a profile, so that a row that was forgotten and is there again
  -- is known for another one.
  CREATE TABLE revisions (last INTEGER NOT NULL) STRICT;
  INSERT INTO revisions VALUES (0);
  CREATE TABLE profiles (
    namespace TEXT NOT NULL,
    workload TEXT NOT NULL,
    document TEXT NOT NULL,
    blind TEXT NOT NULL,
    born INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    saved_ms INTEGER NOT NULL,
    PRIMARY KEY (namespace, workload)
  ) STRICT;
  CREATE TABLE policies (
    namespace TEXT NOT NULL,
    name TEXT NOT NULL,
    state TEXT NOT NULL,
    saved_ms INTEGER NOT NULL,
    PRIMARY KEY (namespace, name)
  ) STRICT;
  CREATE TABLE decisions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at_ms INTEGER NOT NULL,
    namespace TEXT NOT NULL,
    workload TEXT NOT NULL,
    line TEXT NOT NULL
  ) STRICT;
  CREATE INDEX decisions_of_workload ON decisions (namespace, workload, id);
  `,
  `
  -- One row for each occurrence of each alert. What it says never changes, only its status.
  CREATE TABLE signals (
    source TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    starts_ms INTEGER NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('firing', 'resolved')),
    ends_ms INTEGER,
    said TEXT NOT NULL,
    changed INTEGER NOT NULL,
    changed_ms INTEGER NOT NULL,
    PRIMARY KEY (source, fingerprint, starts_ms)
  ) STRICT;
  CREATE UNIQUE INDEX signals_by_change ON signals (changed);
  -- One row: the last change of a signal, and the last that the loop has taken.
  CREATE TABLE signal_marks (changed INTEGER NOT NULL, taken INTEGER NOT NULL) STRICT;
  INSERT INTO signal_marks VALUES (0, 0);
  CREATE TABLE heartbeats (
    source TEXT NOT NULL PRIMARY KEY,
    status TEXT NOT NULL CHECK (status IN ('firing', 'resolved')),
    starts_ms INTEGER NOT NULL,
    heard_ms INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE loops (
    namespace TEXT NOT NULL,
    policy TEXT NOT NULL,
    workload TEXT NOT NULL,
    state TEXT NOT NULL,
    saved_ms INTEGER NOT NULL,
    PRIMARY KEY (namespace, policy, workload)
  ) STRICT;
  `,
  `
  -- What happened, of whatever sort. A heap is what one workload did of one sort: how much that is
  -- says who is dropped from first.
  CREATE TABLE event_heaps (
    id INTEGER PRIMARY KEY,
    namespace TEXT NOT NULL,
    workload TEXT NOT NULL,
    event TEXT NOT NULL,
    rows INTEGER NOT NULL CHECK (rows >= 0),
    bytes INTEGER NOT NULL CHECK (bytes >= 0),
    UNIQUE (namespace, workload, event)
  ) STRICT;
  CREATE INDEX event_heaps_by_bytes ON event_heaps (bytes);
  CREATE INDEX event_heaps_by_rows ON event_heaps (event, rows);
  CREATE TABLE events (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    heap INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    line TEXT NOT NULL
  ) STRICT;
  INSERT INTO event_heaps (namespace, workload, event, rows, bytes)
    SELECT namespace, workload, 'pahlevan.decision', count(*), sum(octet_length(line))
    FROM decisions GROUP BY namespace, workload;
  INSERT INTO events (id, heap, at_ms, bytes, line)
    SELECT decisions.id, event_heaps.id, at_ms, octet_length(line), line
    FROM decisions JOIN event_heaps USING (namespace, workload) ORDER BY decisions.id;
  CREATE INDEX events_of_heap ON events (heap, at_ms);
  CREATE INDEX events_by_time ON events (at_ms);
  -- One row: all of them together.
  CREATE TABLE event_sums (
    rows INTEGER NOT NULL, bytes INTEGER NOT NULL, decisions INTEGER NOT NULL
  ) STRICT;
  INSERT INTO event_sums
    SELECT count(*), coalesce(sum(bytes), 0), count(*) FROM events;
  DROP TABLE decisions;
  `,
];

export const schemaVersion = steps.length;

/** Inside a transaction: all steps are there, or none is. */
export function migrate(database: DatabaseSync, from: number, to = schemaVersion): void {
  for (const [index, step] of steps.slice(from, to).entries()) {
    database.exec(`${step}; PRAGMA user_version = ${from + index + 1}`);
  }
}
