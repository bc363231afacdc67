/**
 * Writes records to somebody else's ring from a thread of its own, one after another, each a little
 * after the one before was acknowledged. Arguments: object file, ids of the maps "ring" and ".bss",
 * records, longest pause, how long each record stays unfinished (ns).
 */
import { BpfMap, BpfObject } from "../index.ts";
import { pause, request } from "./emit.ts";

const [path = "", ...rest] = process.argv.slice(2);
const [ring = 0, bss = 0, records = 0, pauseNs = 0, holdNs = 0] = rest.map(Number);

const object = new BpfObject(path);
object.reuseMap("ring", BpfMap.fromId(ring));
object.reuseMap(".bss", BpfMap.fromId(bss));
object.load();
const counters = new BigUint64Array(object.map(".bss").mmap());
const one = request(1, 0, holdNs);
for (let i = 0; i < records; i++) {
  object.testRun("emit", one);
  if (i + 1 === records) break;
  while (Number(Atomics.load(counters, 3)) <= i);
  // Pauses of every length up to the longest, so that a record comes at any moment of a rearm.
  pause((i * 7919) % (pauseNs + 1));
}
object.close();
