/** RingReader over memory of the test's own: what is read, when it sleeps, and when it yields. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { RingReader, type RecordSource } from "./ring-reader.ts";

const BUSY = 1 << 31;
const DISCARDED = 1 << 30;

/** A ring as the kernel would fill it: its pages appear twice in a row. */
class MemoryRing implements RecordSource {
  readonly sizeBytes: number;
  readonly data: ArrayBuffer;
  #wake: () => void = () => {};
  #consumed: number;
  #produced: number;
  rearms = 0;
  releases = 0;
  stopped = false;

  constructor(sizeBytes = 65_536, position = 0, againBytes = sizeBytes) {
    this.sizeBytes = sizeBytes;
    this.data = new ArrayBuffer(sizeBytes + againBytes);
    this.#consumed = position;
    this.#produced = position;
  }

  /** A record whose bytes all have one value; gives back its position. */
  put(length: number, fill: number, flags = 0): number {
    const position = this.#produced;
    const offset = position % this.sizeBytes;
    this.setHeader(position, length | flags);
    const bytes = new Uint8Array(this.data);
    for (let i = 0; i < length; i++) {
      const at = (offset + 8 + i) % this.sizeBytes;
      bytes[at] = fill;
      bytes[at + this.sizeBytes] = fill;
    }
    this.#produced += (length + 15) & ~7;
    return position;
  }

  setHeader(position: number, header: number): void {
    const words = new Int32Array(this.data);
    const at = (position % this.sizeBytes) / 4;
    words[at] = header;
    words[at + this.sizeBytes / 4] = header;
  }

  wake(): void {
    this.#wake();
  }

  produced = (): number => this.#produced;
  consumed = (): number => this.#consumed;
  release = (position: number): void => {
    this.releases++;
    this.#consumed = position;
  };
  start = (wake: () => void): void => {
    this.#wake = wake;
  };
  rearm = (): void => {
    this.rearms++;
  };
  stop = (): void => {
    this.stopped = true;
  };
}

/** A reader that keeps a copy of every record. */
function collect(ring: RecordSource) {
  const records: Uint8Array[] = [];
  const reader = new RingReader(ring, ({ bytes }, offset, length) => {
    records.push(bytes.slice(offset, offset + length));
  });
  return { reader, fills: () => records.map((record) => record[0]), records };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

test("records of any length come in order, discarded ones do not", () => {
  const ring = new MemoryRing();
  ring.put(64, 1);
  ring.put(13, 2);
  ring.put(64, 3, DISCARDED);
  ring.put(1, 4);
  const { reader, records, fills } = collect(ring);
  expect(reader.drain()).toBe(true);
  expect(fills()).toEqual([1, 2, 4]);
  expect(records.map((record) => record.length)).toEqual([64, 13, 1]);
  expect(ring.consumed()).toBe(ring.produced());
});

test("a record that wraps is read in one piece, at positions beyond 2^32 as well", () => {
  const ring = new MemoryRing(4096, 5 * 2 ** 32 + 4096 - 24);
  ring.put(100, 7);
  const { reader, records } = collect(ring);
  reader.drain();
  expect(records).toEqual([new Uint8Array(100).fill(7)]);
});

test("reading ends at a record that is still being written, and goes on when it is finished", () => {
  const ring = new MemoryRing(65_536);
  ring.put(8, 1);
  const busy = ring.put(8, 2, BUSY);
  ring.put(8, 3);
  const { reader, fills } = collect(ring);
  reader.start();
  ring.wake();
  expect(fills()).toEqual([1]);
  expect(ring.consumed()).toBe(busy);
  expect(ring.rearms).toBe(1);
  ring.setHeader(busy, 8);
  ring.wake();
  expect(fills()).toEqual([1, 2, 3]);
});

test("a big ring gathers for a few milliseconds, and sleeps once nothing comes", () => {
  const ring = new MemoryRing(2 ** 23);
  const { reader, fills } = collect(ring);
  reader.start();
  ring.put(8, 1);
  ring.wake();
  ring.put(8, 2);
  expect(ring.rearms).toBe(0);
  vi.advanceTimersByTime(5);
  expect(fills()).toEqual([1, 2]);
  expect(ring.rearms).toBe(0);
  vi.advanceTimersByTime(5);
  expect(ring.rearms).toBe(1);
  expect(vi.getTimerCount()).toBe(0);
});

test("a slow reader gives the event loop its turn, and goes on after it", () => {
  const ring = new MemoryRing();
  let now = 0;
  let read = 0;
  vi.spyOn(performance, "now").mockImplementation(() => now);
  const reader = new RingReader(ring, () => {
    read++;
    now += 1;
  });
  for (let i = 0; i < 200; i++) ring.put(8, 1);
  reader.start();
  ring.wake();
  expect(read).toBe(64);
  expect(ring.rearms).toBe(0);
  vi.runAllTimers();
  expect(read).toBe(200);
  expect(ring.rearms).toBe(1);
});

test("room is given back while a long batch is still being read", () => {
  const ring = new MemoryRing(4096);
  for (let i = 0; i < 50; i++) ring.put(64, 1);
  const { reader } = collect(ring);
  reader.drain();
  expect(ring.releases).toBeGreaterThan(5);
});

test("a record whose reader throws is not read again, and those after it are", () => {
  const ring = new MemoryRing();
  const seen: (number | undefined)[] = [];
  const reader = new RingReader(ring, ({ bytes }, offset) => {
    seen.push(bytes[offset]);
    if (bytes[offset] === 2) throw new Error("cannot take two");
  });
  for (const fill of [1, 2, 3]) ring.put(8, fill);
  reader.start();
  expect(() => ring.wake()).toThrow("cannot take two");
  vi.runAllTimers();
  expect(seen).toEqual([1, 2, 3]);
});

test("a length that cannot be stops the reading, loudly", () => {
  const ring = new MemoryRing();
  const position = ring.put(8, 1);
  ring.setHeader(position, 4000);
  const { reader, fills } = collect(ring);
  reader.start();
  expect(() => ring.wake()).toThrow("a record of 4000 bytes passes the ring's end");
  expect(fills()).toEqual([]);
  expect(ring.stopped).toBe(true);
  expect(vi.getTimerCount()).toBe(0);
});

test("after stop nothing is read any more", () => {
  const ring = new MemoryRing(2 ** 23);
  const { reader, fills } = collect(ring);
  reader.start();
  ring.put(8, 1);
  ring.wake();
  reader.stop();
  ring.put(8, 2);
  vi.advanceTimersByTime(100);
  expect(fills()).toEqual([1]);
  expect(ring.stopped).toBe(true);
});

test("a record that is longer than what is mapped of the second round stops the reading, too", () => {
  const fits = new MemoryRing(4096, 4096 - 64, 512);
  fits.put(512, 1);
  const { reader, fills } = collect(fits);
  expect(reader.drain()).toBe(true);
  expect(fills()).toEqual([1]);
  const tooLong = new MemoryRing(4096, 4096 - 64, 512);
  tooLong.put(600, 1);
  expect(() => collect(tooLong).reader.drain()).toThrow(
    "a record of 600 bytes passes the ring's end",
  );
});
