/**
 * The durable inbox: what alerts say, one row an occurrence, on disk before their sender hears that
 * they were taken. Messages that arrive together share one wait for the disk.
 */
import type { DatabaseSync } from "node:sqlite";
import { sources, type Heartbeat } from "@pahlevan/core/loop/signal.ts";
import { beginsAgainMs } from "@pahlevan/signals/again.ts";
import type { Accepted, Inbox, Message, Told } from "@pahlevan/signals/inbox.ts";
import { numberIn, textIn } from "./columns.ts";
import { StoreError } from "./error.ts";
import { signalIn, type StoredSignal } from "./signal-row.ts";
import { SignalRules } from "./signal-rules.ts";
import { atOnceOnDisk } from "./transaction.ts";

/** One message of Alertmanager's may bring ten thousand. */
export const signalsKeptUsually = 20_000;
/** Nobody sends an alert again that was over for so long. */
const keptMs = 7 * 86_400_000;

interface Waiting {
  readonly message: Message;
  readonly nowMs: number;
  readonly resolve: (accepted: Accepted) => void;
  readonly reject: (error: unknown) => void;
}

interface HeardHeartbeat extends Heartbeat {
  readonly heardMs: number;
}

export class StoredSignals implements Inbox {
  readonly #database: DatabaseSync;
  readonly #limit: number;
  readonly #listeners = new Set<() => void>();
  #waiting: Waiting[] = [];

  constructor(database: DatabaseSync, limit: number) {
    this.#database = database;
    this.#limit = limit;
  }

  accept(message: Message, nowMs: number): Promise<Accepted> {
    const { promise, resolve, reject } = Promise.withResolvers<Accepted>();
    // After whatever else has arrived by now: requests that were read meanwhile join.
    if (this.#waiting.length === 0) setImmediate(() => this.#write());
    this.#waiting.push({ message, nowMs, resolve, reject });
    return promise;
  }

  endOf({ source, fingerprint, startsAtMs, status }: Told): number | undefined {
    if (status !== "firing") return undefined;
    const row = this.#database
      .prepare(
        `SELECT max(ends_ms) AS ends, max(starts_ms = ?1 AND status = 'resolved') AS is_over,
           max(starts_ms) AS newest
         FROM signals WHERE source = ?2 AND fingerprint = ?3`,
      )
      .get(startsAtMs, source, fingerprint);
    const { ends, is_over: isOver, newest } = row ?? {};
    if (typeof ends !== "number") return undefined;
    const isKnownAgain = newest === beginsAgainMs(ends);
    return (isOver === 1 || ends > startsAtMs) && !isKnownAgain ? ends : undefined;
  }

  /** Called after each writing that said something new, with all of it there to read. */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** In the order in which they changed, each as it is now. */
  changedSince(changed: number, most = 1_000): StoredSignal[] {
    return this.#database
      .prepare("SELECT * FROM signals WHERE changed > ? ORDER BY changed LIMIT ?")
      .all(changed, most)
      .map(signalIn);
  }

  /** The `changed` up to which the loop has taken them: `Store.loops.save` sets it. */
  get taken(): number {
    return this.#mark("taken");
  }

  firing(): StoredSignal[] {
    return this.#database
      .prepare("SELECT * FROM signals WHERE status = 'firing' ORDER BY changed")
      .all()
      .map(signalIn);
  }

  /** The last of each source. */
  heartbeats(): HeardHeartbeat[] {
    const rows = this.#database.prepare("SELECT * FROM heartbeats").all();
    return rows.flatMap((row) => {
      const source = sources.find((each) => each === row["source"]);
      if (source === undefined) return [];
      const status = textIn(row, "status") === "firing" ? "firing" : "resolved";
      const startsAtMs = numberIn(row, "starts_ms");
      const heardMs = numberIn(row, "heard_ms");
      return [{ kind: "heartbeat" as const, source, status, startsAtMs, heardMs }];
    });
  }

  count(): number {
    const row = this.#database.prepare("SELECT count(*) AS signals FROM signals").get();
    return row === undefined ? 0 : numberIn(row, "signals");
  }

  /** What was not yet written never will be, and its senders send it again. */
  close(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { reject } of waiting) reject(new StoreError("the store is closed"));
  }

  #write(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    if (waiting.length === 0) return;
    let accepted: readonly Accepted[];
    try {
      accepted = atOnceOnDisk(this.#database, () => this.#acceptAll(waiting));
    } catch (error) {
      for (const { reject } of waiting) reject(error);
      return;
    }
    for (const [at, { resolve }] of waiting.entries()) resolve(accepted[at] ?? { full: true });
    const isNews = accepted.some((each) => "changed" in each && each.changed > 0);
    if (isNews) for (const listener of this.#listeners) listener();
  }

  #acceptAll(waiting: readonly Waiting[]): Accepted[] {
    const rules = new SignalRules(this.#database, this.#mark("changed"));
    const taken = this.taken;
    const accepted = waiting.map(({ message, nowMs }): Accepted => {
      const { signals, heartbeats } = message;
      if (!this.#makeRoom(rules.rowsOf(signals), taken, nowMs)) return { full: true };
      const changed = signals.filter((each) => rules.apply(each, nowMs)).length;
      for (const heartbeat of heartbeats) rules.hear(heartbeat, nowMs);
      return { changed, known: signals.length - changed };
    });
    this.#database.prepare("UPDATE signal_marks SET changed = ?").run(rules.changed);
    return accepted;
  }

  /** What is over and taken goes: after its time, and earlier if others need its place. */
  #makeRoom(more: number, taken: number, nowMs: number): boolean {
    if (more === 0) return true;
    const over = "status = 'resolved' AND changed <= ?";
    this.#database
      .prepare(`DELETE FROM signals WHERE ${over} AND changed_ms < ?`)
      .run(taken, nowMs - keptMs);
    const excess = this.count() + more - this.#limit;
    if (excess <= 0) return true;
    const oldest = this.#database
      .prepare(`SELECT changed FROM signals WHERE ${over} ORDER BY changed LIMIT ?`)
      .all(taken, excess);
    // Where it would not be enough, none of them has to go.
    if (oldest.length < excess) return false;
    const remove = this.#database.prepare("DELETE FROM signals WHERE changed = ?");
    for (const row of oldest) remove.run(numberIn(row, "changed"));
    return true;
  }

  #mark(which: "changed" | "taken"): number {
    const row = this.#database.prepare("SELECT changed, taken FROM signal_marks").get();
    if (row === undefined) throw new StoreError("the store has lost its marks of signals");
    return numberIn(row, which);
  }
}
