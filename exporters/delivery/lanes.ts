/**
 * Records that wait in memory, by lane: bounded by their bytes, taken from the first lane on. Hot:
 * at 50 000 records a second a shift of an array's beginning would be all it does.
 */
import { lanes, type Lane, type Outgoing } from "../record.ts";

/** What a record takes besides its text: measured, some 100 bytes for itself and its place. */
const eachBytes = 128;
/** Below it, what was taken is not worth moving the rest. */
const compactFrom = 1_024;

class Fifo {
  #records: Outgoing[] = [];
  #head = 0;

  get length(): number {
    return this.#records.length - this.#head;
  }

  push(record: Outgoing): void {
    this.#records.push(record);
  }

  first(): Outgoing | undefined {
    return this.#records[this.#head];
  }

  shift(): Outgoing | undefined {
    const record = this.#records[this.#head];
    if (record === undefined) return undefined;
    this.#head++;
    if (this.#head >= compactFrom && this.#head * 2 >= this.#records.length) {
      this.#records = this.#records.slice(this.#head);
      this.#head = 0;
    }
    return record;
  }

  pop(): Outgoing | undefined {
    return this.length > 0 ? this.#records.pop() : undefined;
  }

  clear(): void {
    this.#records = [];
    this.#head = 0;
  }

  all(): readonly Outgoing[] {
    return this.#records.slice(this.#head);
  }

  unshift(records: readonly Outgoing[]): void {
    this.#records = [...records, ...this.#records.slice(this.#head)];
    this.#head = 0;
  }
}

export interface Taken {
  readonly records: readonly Outgoing[];
  readonly bytes: number;
}

export class LaneQueue {
  readonly #byLane: Readonly<Record<Lane, Fifo>> = {
    decision: new Fifo(),
    transition: new Fifo(),
    anomaly: new Fifo(),
    behaviour: new Fifo(),
  };
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  hasRoomFor(record: Outgoing, mostBytes: number): boolean {
    return this.#bytes + sizeOf(record) <= mostBytes;
  }

  get length(): number {
    return lanes.reduce((sum, lane) => sum + this.#byLane[lane].length, 0);
  }

  lengthOf(lane: Lane): number {
    return this.#byLane[lane].length;
  }

  push(record: Outgoing): void {
    this.#byLane[record.lane].push(record);
    this.#bytes += sizeOf(record);
  }

  /** What could not be sent is first again. */
  putBack(records: readonly Outgoing[]): void {
    for (const lane of lanes) {
      const its = records.filter((record) => record.lane === lane);
      if (its.length > 0) this.#byLane[lane].unshift(its);
    }
    for (const record of records) this.#bytes += sizeOf(record);
  }

  /** The newest of the last lane behind `than`; undefined where nobody is. */
  giveWay(than: Lane): Outgoing | undefined {
    for (const lane of lanes.slice(lanes.indexOf(than) + 1).reverse()) {
      const record = this.#byLane[lane].pop();
      if (record === undefined) continue;
      this.#bytes -= sizeOf(record);
      return record;
    }
    return undefined;
  }

  /** All of a lane, which is empty then. */
  drain(lane: Lane): readonly Outgoing[] {
    const records = this.#byLane[lane].all();
    this.#byLane[lane].clear();
    for (const record of records) this.#bytes -= sizeOf(record);
    return records;
  }

  /** At least one, whatever its size: what is too large for the peer, the peer has to say. */
  take(mostRecords: number, mostBytes: number): Taken {
    const records: Outgoing[] = [];
    let bytes = 0;
    for (const lane of lanes) {
      const fifo = this.#byLane[lane];
      for (;;) {
        const next = fifo.first();
        if (next === undefined) break;
        const isTooMuch = records.length >= mostRecords || bytes + next.sizeBytes > mostBytes;
        if (records.length > 0 && isTooMuch) return { records, bytes };
        fifo.shift();
        records.push(next);
        bytes += next.sizeBytes;
        this.#bytes -= sizeOf(next);
      }
    }
    return { records, bytes };
  }
}

function sizeOf(record: Outgoing): number {
  return record.sizeBytes + eachBytes;
}
