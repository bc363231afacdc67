/** Ring: the kernel's records in place, waking up from idle, and losing no wake-up. */
import { program } from "./test/build.ts";
import { readdirSync, readFileSync } from "node:fs";
import { expect, onTestFinished, test } from "vitest";
import { Worker } from "node:worker_threads";
import { BpfObject, Ring } from "./index.ts";
import { pause, request } from "./test/emit.ts";

const recordBytes = 8 + 64;
const busy = 1 << 31;
const discarded = 1 << 30;

/** A ring and a way to have records written to it. */
function openRing(sizeBytes = 4096, longestBytes?: number) {
  const object = new BpfObject(program("emit"));
  onTestFinished(() => object.close());
  object.setMaxEntries("ring", sizeBytes);
  object.load();
  const ring = new Ring(object.map("ring"), longestBytes);
  onTestFinished(() => ring.close());
  const counters = new BigUint64Array(object.map(".bss").mmap());
  return {
    object,
    ring,
    lost: () => Number(counters[1]),
    begun: () => Number(counters[2]),
    acknowledge: (records: number) => void Atomics.store(counters, 3, BigInt(records)),
    emit: (count: number, discardEvery = 0) => {
      object.testRun("emit", request(count, discardEvery));
    },
  };
}

/** Reads what is finished and gives back the sequence numbers; NaN for a damaged record. */
function drain(ring: Ring): number[] {
  const words = new Int32Array(ring.data);
  const longs = new BigUint64Array(ring.data);
  const end = ring.produced();
  const sequences: number[] = [];
  let position = ring.consumed();
  while (position < end) {
    const offset = position % ring.sizeBytes;
    const header = Atomics.load(words, offset / 4);
    if (header & busy) break;
    // The last field tells a whole record, also where it runs over the end of the ring.
    const sequence = longs[offset / 8 + 1] ?? -1n;
    const whole = header === 64 && longs[offset / 8 + 8] === BigInt.asUintN(64, ~sequence);
    if (!(header & discarded)) sequences.push(whole ? Number(sequence) : Number.NaN);
    position += recordBytes;
  }
  ring.release(position);
  return sequences;
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index);
}

test("records arrive in order, whole also where they wrap", () => {
  const { ring, emit, lost } = openRing();
  expect(ring.sizeBytes).toBe(4096);
  expect(ring.data.byteLength).toBe(8192);
  expect(ring.data).toBe(ring.data);
  let next = 0;
  // 50 records of 72 bytes do not divide 4096: soon every offset has been the wrapping one.
  for (let round = 0; round < 200; round++, next += 50) {
    emit(50);
    expect(drain(ring)).toEqual(range(next, next + 50));
  }
  expect(lost()).toBe(0);
});

test("of a ring's second round no more is mapped than the longest record may need", () => {
  const { ring, emit, lost } = openRing(16_384, recordBytes);
  expect(ring.data.byteLength).toBe(16_384 + 4096);
  let next = 0;
  for (let round = 0; round < 200; round++, next += 200) {
    emit(200);
    expect(drain(ring)).toEqual(range(next, next + 200));
  }
  expect(lost()).toBe(0);
});

test("discarded records are marked as such and take up room", () => {
  const { ring, emit } = openRing();
  emit(12, 3);
  expect(ring.produced()).toBe(12 * recordBytes);
  expect(drain(ring)).toEqual(range(0, 8));
});

test("what does not fit is counted by the program, and what fits is kept", () => {
  const { ring, emit, lost } = openRing();
  emit(100);
  const kept = drain(ring);
  expect(kept.length).toBeGreaterThan(50);
  expect(kept).toEqual(range(0, kept.length));
  expect(kept.length + lost()).toBe(100);
  emit(1);
  expect(drain(ring)).toEqual([kept.length]);
});

test("a wait wakes once, and again only after rearm", async () => {
  const { ring, emit } = openRing();
  const wakes = wakeUps(ring);
  emit(1);
  await wakes.next();
  expect(drain(ring)).toEqual([0]);
  const before = ringThread().waits;
  emit(1);
  await until(() => ringThread().waits > before); // it has seen the record, and sleeps again
  await new Promise((resolve) => setImmediate(resolve));
  expect(wakes.count()).toBe(1);
  ring.rearm();
  await wakes.next();
  expect(drain(ring)).toEqual([1]);
  expect(wakes.count()).toBe(2);
});

test("records that were there before the start wake, too", async () => {
  const { ring, emit } = openRing();
  emit(1);
  await wakeUps(ring).next();
  expect(drain(ring)).toEqual([0]);
});

test("a record that is still being written wakes nobody until it is finished", async () => {
  // A program may hold a record for some 0.4 s; on a busy machine that can be over before we look.
  for (let inTime = false; !inTime;) {
    const { ring, object, begun } = openRing();
    const writer = emitter(object, { records: 1, holdNs: 2_000_000_000 });
    await until(() => begun() === 1);
    const wakes = wakeUps(ring);
    inTime = drain(ring).length === 0;
    if (inTime) {
      await wakes.next();
      expect(drain(ring)).toEqual([0]);
      expect(wakes.count()).toBe(1);
      expect(ringThread().cpuMs).toBeLessThan(50); // a wait that spins would take all of them
    }
    await writer;
  }
});

test("no wake-up is lost, whenever the record comes", async () => {
  const { ring, object, acknowledge } = openRing();
  const wakes = wakeUps(ring);
  const records = 20_000;
  // Each record comes only after the one before was read: nothing makes up for a lost wake-up.
  const writer = emitter(object, { records, pauseNs: 20_000 });
  let next = 0;
  while (next < records) {
    await wakes.next();
    for (const sequence of drain(ring)) expect(sequence).toBe(next++);
    acknowledge(next);
    pause((next * 104_729) % 20_000);
    ring.rearm();
  }
  await writer;
  expect(ring.produced()).toBe(ring.consumed());
}, 900_000); // two threads that spin: where others want the processors, each turn takes a while

test("after stop nobody is woken, and the wait can be started again", async () => {
  const { ring, emit } = openRing();
  const first = wakeUps(ring);
  emit(1);
  ring.stop(); // the wake-up may already be on its way
  ring.stop();
  const second = wakeUps(ring);
  await second.next();
  expect(first.count()).toBe(0);
  expect(() => ring.start(() => {})).toThrow("is started already");
});

test("a closed ring says so, and its memory can still be read", () => {
  const { ring, emit, object } = openRing();
  emit(1);
  const { data } = ring;
  ring.close();
  ring.close();
  object.close();
  for (const act of [() => ring.produced(), () => ring.data, () => ring.rearm()])
    expect(act).toThrow("Ring ring is closed");
  expect(new Int32Array(data)[0]).toBe(64);
});

test("only what was produced can be released, and only a ring has a ring", () => {
  const { ring, emit, object } = openRing();
  emit(1);
  expect(() => ring.release(recordBytes + 8)).toThrow("cannot release up to");
  expect(() => ring.release(-8)).toThrow("cannot release");
  expect(() => ring.release(4)).toThrow("cannot release");
  expect(() => ring.release(Number.NaN)).toThrow("cannot release");
  expect(() => ring.rearm()).toThrow("is not started");
  expect(() => new Ring(object.map(".bss"))).toThrow("is no ring buffer");
  // @ts-expect-error: not a map
  expect(() => new Ring({})).toThrow("expected a BpfMap");
});

/** Starts the ring's wait; next() resolves at the next wake-up that nobody has taken yet. */
function wakeUps(ring: Ring) {
  let count = 0;
  let taken = 0;
  let resolve = () => {};
  ring.start(() => {
    count++;
    resolve();
  });
  return {
    count: () => count,
    next: async () => {
      if (taken === count) await new Promise<void>((done) => (resolve = done));
      taken++;
    },
  };
}

interface Emission {
  records: number;
  pauseNs?: number;
  holdNs?: number;
}

/** Lets another thread write records to the object's ring; resolves when it has. */
async function emitter(object: BpfObject, emission: Emission): Promise<void> {
  const maps = ["ring", ".bss"].map((name) => object.map(name).info.id);
  const { records, pauseNs = 0, holdNs = 0 } = emission;
  const worker = new Worker(new URL("./test/emitter.ts", import.meta.url), {
    argv: [program("emit"), ...maps, records, pauseNs, holdNs],
  });
  await new Promise((resolve, reject) => worker.once("exit", resolve).once("error", reject));
}

/** Resolves when a fact that comes about without an event holds. */
async function until(fact: () => boolean): Promise<void> {
  while (!fact()) await new Promise((resolve) => setImmediate(resolve));
}

/** What the kernel counted of the ring's thread: how often it went to sleep, and its CPU time. */
/** Undefined where the thread has ended since it was listed. */
function statusOf(thread: string): string | undefined {
  try {
    return readFileSync(`/proc/self/task/${thread}/status`, "utf8");
  } catch {
    return undefined;
  }
}

function ringThread(): { waits: number; cpuMs: number } {
  for (const thread of readdirSync("/proc/self/task")) {
    const status = statusOf(thread);
    if (!status?.startsWith("Name:\tpahlevan-ring")) continue;
    const waits = Number(/^voluntary_ctxt_switches:\s+(\d+)$/m.exec(status)?.[1]);
    // utime and stime, in ticks of 10 ms
    const [user, system] = readFileSync(`/proc/self/task/${thread}/stat`, "utf8")
      .split(" ")
      .slice(13, 15)
      .map(Number);
    return { waits, cpuMs: ((user ?? 0) + (system ?? 0)) * 10 };
  }
  throw new Error("no thread waits for a ring");
}
