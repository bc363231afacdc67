/**
 * Completes the process table from /proc in the background, never on an event's way and never much.
 */
import type { ProcessFacts, ProcessKey } from "@pahlevan/core/behaviour/event.ts";
import type { KnownProcess, ProcessTable } from "@pahlevan/core/behaviour/process-table.ts";
import { readProcess } from "./proc.ts";

/** Processes that wait to be looked up; a flood of short-lived ones is not worth more. */
const queueLimit = 256;
const triedLimit = 4_096;

export class ProcFiller {
  readonly #table: ProcessTable;
  readonly #read: (key: ProcessKey) => Promise<KnownProcess | undefined>;
  readonly #tried = new Set<string>();
  #queue: ProcessKey[] = [];
  #busy = false;

  constructor(table: ProcessTable, read = readProcess) {
    this.#table = table;
    this.#read = read;
  }

  /** Looks the process up if its arguments are not known; once. */
  want({ pid, startNs, args }: ProcessFacts): void {
    if (args !== undefined || this.#queue.length >= queueLimit) return;
    const key = `${pid} ${startNs}`;
    if (this.#tried.has(key)) return;
    if (this.#tried.size >= triedLimit) this.#tried.clear();
    this.#tried.add(key);
    this.#queue.push({ pid, startNs });
    if (!this.#busy) void this.#work();
  }

  /**
   * One at a time: a process can make a reader of its /proc files wait (its arguments may lie on a
   * file system that does not answer), and then only this waits.
   */
  async #work(): Promise<void> {
    this.#busy = true;
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
      const known = await this.#read(next);
      if (known !== undefined) this.#table.learn(known);
    }
    this.#busy = false;
  }
}
