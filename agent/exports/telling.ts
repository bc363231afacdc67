/**
 * Everything that this agent tells others, written once: a line for the store and for whoever is
 * sent to. What nobody wants is not written at all.
 */
import { randomBytes } from "node:crypto";
import type { BehaviourEvent, Kind } from "@pahlevan/core/behaviour/event.ts";
import {
  laneOfSort,
  sortOf,
  unixMs,
  type Line,
  type Sort,
  type Trace,
} from "@pahlevan/exporters/record.ts";
import { eventLine, eventName } from "../sense/event-line.ts";
import type { Events } from "../store/events.ts";
import { EventLog } from "./event-log.ts";
import type { Exporting } from "./exporting.ts";

export interface TellingOptions {
  /** Absent: nothing is stored. */
  readonly store?: Pick<Events, "append" | "keeps">;
  readonly exporting: Pick<Exporting, "wants" | "put">;
  readonly tierOf: (kind: Kind) => string;
  /** The span in which a decision falls. */
  readonly traceOf: (event: BehaviourEvent) => Trace | undefined;
  readonly complain: (says: string) => void;
}

/** Events that wait to be written, and how many are in one turn. */
const mostSeen = 8_192;
const atOnce = 256;

/** Without its id: a line gets one here, unless it has one that is the same at each telling. */
export type Told = Line extends infer L ? (L extends Line ? Omit<L, "id"> : never) : never;

export class Telling {
  readonly #options: TellingOptions;
  readonly #log: EventLog | undefined;
  readonly #prefix = `${Date.now().toString(36)}${randomBytes(4).toString("hex")}`;
  readonly #seen: BehaviourEvent[] = [];
  #turn: NodeJS.Immediate | undefined;
  #told = 0;

  constructor(options: TellingOptions) {
    const { store, complain } = options;
    this.#options = options;
    this.#log = store && new EventLog({ append: (events) => store.append(events), complain });
  }

  /** Events that no store has and none will have. */
  get lost(): number {
    return this.#log?.lost ?? 0;
  }

  see(event: BehaviourEvent): void {
    const name = eventName(event);
    // What somebody watches live is for his eyes.
    if (name === "pahlevan.behaviour.seen" || !this.#isWanted(name)) return;
    // Written when the reader of the ring has had its turn: a line takes ten microseconds.
    if (this.#seen.length >= mostSeen) this.#write(atOnce);
    this.#seen.push(event);
    if (this.#turn === undefined) this.#turn = setImmediate(() => this.#nextTurn());
  }

  tell(line: Line | Told): void {
    const { exporting } = this.#options;
    const id = "id" in line ? line.id : this.#nextId();
    const { event, namespace, workload, time } = line;
    const text = JSON.stringify({ ...line, id });
    const sort: Sort = sortOf(line);
    if (this.#isKept(event))
      this.#log?.put({ event, atMs: unixMs(time), namespace, workload, line: text });
    if (exporting.wants(sort)) exporting.put(laneOfSort[sort], text);
  }

  flush(): void {
    this.#write(this.#seen.length);
    this.#log?.flush();
  }

  /** A few at a time: in between, the ring is read. */
  #nextTurn(): void {
    this.#write(atOnce);
    this.#turn = this.#seen.length > 0 ? setImmediate(() => this.#nextTurn()) : undefined;
  }

  #write(most: number): void {
    const { tierOf, traceOf } = this.#options;
    for (const event of this.#seen.splice(0, most)) {
      const trace = event.decision && traceOf(event);
      this.tell({ ...eventLine(event, tierOf), ...(trace && { trace }) });
    }
  }

  #isWanted(event: Line["event"]): boolean {
    return this.#isKept(event) || this.#options.exporting.wants(sortOf({ event }));
  }

  #isKept(event: Line["event"]): boolean {
    return this.#options.store?.keeps(event) === true;
  }

  /** No two are the same, of no two agents. */
  #nextId(): string {
    return `${this.#prefix}-${(this.#told++).toString(36)}`;
  }
}
