/**
 * Writes records to the benchmark's ring from a thread of its own, then ends.
 * Arguments: object file, ids of the maps "ring" and ".bss", then either "fill" with a number of
 * records and the bytes that may wait to be read, or "pace" with a rate and a time in ms.
 */
import { BpfMap, BpfObject } from "@pahlevan/native";

const [path = "", ringId, bssId, mode, ...numbers] = process.argv.slice(2);
const [first = 0, second = 0] = numbers.map(Number);

const object = new BpfObject(path);
const bss = BpfMap.fromId(Number(bssId));
object.reuseMap("ring", BpfMap.fromId(Number(ringId)));
object.reuseMap(".bss", bss);
object.load();
const counters = new BigUint64Array(bss.mmap());

function emit(count: number, roomBytes: number): void {
  const request = BigUint64Array.of(BigInt(count), BigInt(roomBytes));
  object.testRun("emit", new Uint8Array(request.buffer));
}

/** As fast as the reader reads: a full ring makes the writer wait, so nothing is lost. */
function fill(records: number, roomBytes: number): void {
  for (;;) {
    const left = records - Number(counters[0]);
    if (left <= 0) return;
    emit(Math.min(left, 4096), roomBytes);
  }
}

/** A steady rate, in bursts of 100 µs, waiting for nobody. */
function pace(perSecond: number, ms: number): void {
  const perMs = perSecond / 1000;
  const start = performance.now();
  let last = start;
  for (let now = start; now - start < ms; now = performance.now()) {
    if (now - last < 0.1) continue;
    // Held up by the machine, it does not catch up: a burst of arrears would be another rate.
    emit(Math.round(perMs * Math.min(now - last, 1)), 0);
    last = now;
  }
}

if (mode === "fill") fill(first, second);
else pace(first, second);
object.close();
