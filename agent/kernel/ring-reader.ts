/**
 * Walks a ring's records where the kernel wrote them. This is the hot path into JavaScript: nothing
 * is copied, and nothing allocated, per record.
 */
import type { Ring } from "@pahlevan/native";

/**
 * The ring's data pages, and the first of them again, seen with each type that a record's fields
 * have.
 */
export interface RecordViews {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly u32: Uint32Array;
  readonly u64: BigUint64Array;
}

/**
 * One record: `length` bytes from `offset` (a multiple of 8) of the views. They are the kernel's
 * again once the call returns: what is to be kept is copied.
 */
export type OnRecord = (views: RecordViews, offset: number, length: number) => void;

/** What a reader needs of a ring; tests give it memory of their own. */
export type RecordSource = Omit<Ring, "close">;

const BUSY = 1 << 31; // the program that reserved it is still writing
const DISCARDED = 1 << 30; // the program thought better of it
const LENGTH = DISCARDED - 1;
export const HEADER_BYTES = 8;

/** After this long the event loop gets its turn: timers, sockets, signals. */
const SLICE_MS = 10;
/** Asking for the time costs as much as reading a record, so it is asked once in this many. */
const RECORDS_PER_LOOK = 64;
/** Room is given back this often at least: a sixteenth of the ring. */
const RELEASES_PER_RING = 16;
/** What 2 M records/s of 64 bytes put into the ring in a millisecond. */
const BUDGET_BYTES_PER_MS = 2000 * (HEADER_BYTES + 64);
const MAX_GATHER_MS = 5;

export class RingReader {
  readonly #ring: RecordSource;
  readonly #onRecord: OnRecord;
  readonly #views: RecordViews;
  readonly #headers: Int32Array;
  readonly #mask: number;
  readonly #releaseBytes: number;
  readonly #gatherMs: number;
  #running = false;
  #immediate: NodeJS.Immediate | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(ring: RecordSource, onRecord: OnRecord) {
    this.#ring = ring;
    this.#onRecord = onRecord;
    const { data, sizeBytes } = ring;
    this.#headers = new Int32Array(data);
    this.#views = {
      bytes: new Uint8Array(data),
      view: new DataView(data),
      u32: new Uint32Array(data),
      u64: new BigUint64Array(data),
    };
    this.#mask = sizeBytes - 1;
    this.#releaseBytes = sizeBytes / RELEASES_PER_RING;
    // Records that come within a few milliseconds are read together: at 1 100 a second each one
    // would otherwise cost a wake-up of its own. Never longer than fills a quarter of the ring.
    const quarterMs = Math.floor(sizeBytes / 4 / BUDGET_BYTES_PER_MS);
    this.#gatherMs = Math.min(MAX_GATHER_MS, quarterMs);
  }

  start(): void {
    this.#running = true;
    this.#ring.start(() => this.#turn());
  }

  /** Reads no more; what is in the ring stays there. */
  stop(): void {
    this.#running = false;
    clearImmediate(this.#immediate);
    clearTimeout(this.#timer);
    this.#ring.stop();
  }

  /** Reads what is there now, e.g. at the end. False: time ran out before the ring was empty. */
  drain(): boolean {
    return this.#slice() !== "more";
  }

  /** Busy ring: a slice each turn of the event loop. Quiet ring: gather. Empty ring: sleep. */
  #turn(): void {
    let left: Left = "more"; // also when a record's reader throws: the rest is still to be read
    try {
      left = this.#slice();
    } finally {
      if (this.#running) this.#next(left);
    }
  }

  #next(left: Left): void {
    if (left === "more") this.#immediate = setImmediate(() => this.#turn());
    else if (left === "nothing" || this.#gatherMs === 0) this.#ring.rearm();
    else this.#timer = setTimeout(() => this.#turn(), this.#gatherMs);
  }

  /** The walk itself. A record whose reader throws counts as read. */
  #slice(): Left {
    const ring = this.#ring;
    const headers = this.#headers;
    const views = this.#views;
    const size = views.bytes.length;
    const mask = this.#mask;
    const releaseBytes = this.#releaseBytes;
    const onRecord = this.#onRecord;
    const deadline = performance.now() + SLICE_MS;
    const start = ring.consumed();
    let position = start;
    let released = start;
    let end = ring.produced();
    let untilLook = RECORDS_PER_LOOK;
    try {
      for (;;) {
        if (position === end) {
          end = ring.produced();
          if (position === end) return position > start ? "drained" : "nothing";
        }
        // Bitwise operators take a number modulo 2^32, so the mask holds for positions beyond it.
        const offset = position & mask;
        const header = Atomics.load(headers, offset >> 2); // acquire: the record is whole behind it
        if (header & BUSY) return position > start ? "drained" : "nothing";
        const length = header & LENGTH;
        position += (length + HEADER_BYTES + 7) & ~7;
        if (position > end || offset + HEADER_BYTES + length > size) this.#giveUp(length);
        if ((header & DISCARDED) === 0) onRecord(views, offset + HEADER_BYTES, length);
        if (position - released >= releaseBytes) {
          ring.release(position);
          released = position;
        }
        if (--untilLook === 0) {
          if (performance.now() >= deadline) return "more";
          untilLook = RECORDS_PER_LOOK;
        }
      }
    } finally {
      if (position > released && position <= end) ring.release(position);
    }
  }

  /** Nothing after a length that cannot be is known to be a record. */
  #giveUp(length: number): never {
    this.stop();
    throw new Error(`ring: a record of ${length} bytes passes the ring's end; reading stopped`);
  }
}

/** How a slice left the ring: with more to read, read empty, or as empty as it was found. */
type Left = "more" | "drained" | "nothing";
