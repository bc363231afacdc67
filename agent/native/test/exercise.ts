/**
 * Uses all of the addon, closes some and forgets the rest, for a build with sanitizers to watch.
 * It checks no results (the tests do); what it must do is go through every path that owns memory.
 * Run with --expose-gc. Prints "exercised" when it came to its end.
 */
import { isMainThread, Worker } from "node:worker_threads";
import * as native from "../index.ts";
import { program } from "./outputs.ts";
import { request } from "./emit.ts";
import { u32, u64 } from "./numbers.ts";

const { BpfLink, BpfMap, BpfObject, Ring } = native;

/** Errors are values here: their making is part of what is watched. */
function refused(act: () => unknown): void {
  try {
    act();
  } catch {
    return;
  }
  throw new Error(`was not refused: ${act.toString()}`);
}

function opened(): native.BpfObject {
  const object = new BpfObject(program("senses"));
  for (const { name } of object.programs) object.setAutoload(name, false);
  return object;
}

function objects(): void {
  const object = opened();
  for (const name of ["count_syscalls", "sum_constants", "list_tasks"])
    object.setAutoload(name, true);
  object.setConstant("watched_pid", u32(process.pid));
  object.setMaxEntries("words", 8192);
  refused(() => object.setConstant("watched_pid", u64(1)));
  refused(() => object.retarget("on_file_open", "fentry", "no_such_function"));
  refused(() => object.map("words"));
  object.retarget("count_syscalls", "tp_btf", "sys_exit");
  object.load();
  refused(() => object.load());
  object.testRun("sum_constants");
  object.readIterator("list_tasks");
  object.programInfo("list_tasks");
  void object.maps;
  const link = object.attach("count_syscalls");
  void link.kind;
  refused(() => link.pin("/proc/nowhere"));
  object.attach("count_syscalls"); // forgotten: closed with the object
  const reusing = opened();
  reusing.reuseMap("words", object.map("words"));
  reusing.load();
  object.close();
  refused(() => link.kind);
  refused(() => object.programs);
  link.close();
  // `reusing` is forgotten as it is: collected, it closes itself
}

function refusals(): void {
  const broken = new BpfObject(program("broken"));
  refused(() => broken.load());
  broken.close();
  refused(() => new BpfObject("/nowhere"));
  refused(() => new BpfObject("/proc/self/status"));
  refused(() => BpfMap.fromPin("/nowhere"));
  refused(() => BpfLink.fromPin("/nowhere"));
  refused(() => Reflect.construct(Ring, []));
  refused(() => Reflect.construct(Ring, [{}]));
}

function maps(): void {
  const object = opened();
  object.load();
  const words = object.map("words");
  for (let i = 0; i < 4000; i++) words.update(u32(i), u64(i));
  for (const limit of [0, 1, 1023, 1024, 1025, 4000, 9000]) words.entries(limit);
  for (let i = 0; i < 20; i++) object.map("prefixes").update(u32(32, i), u32(i));
  object.map("prefixes").entries(7);
  object.map("per_cpu").entries(9);
  refused(() => words.lookup(u32(1), new Uint8Array(7)));
  refused(() => words.mmap());
  const queue = object.map("queue");
  queue.push(u32(1));
  queue.pop(u32(0));
  refused(() => queue.entries(1));
  queue.close();
  void object.map("queue").info; // another one
  const request = { type: "hash", keySize: 4, valueSize: 8, maxEntries: 9, flags: 1 } as const;
  const inner = BpfMap.create({ ...request, name: "inner" });
  object.map("tables").updateInner(u32(0), inner);
  inner.close();
  object.map("tables").updateInner(u32(0), BpfMap.create({ ...request, name: "forgotten" }));
  object.map("tables").delete(u32(0));
  refused(() => object.map("tables").updateInner(u32(0), inner));
  refused(() => words.updateInner(u32(0), words));
  refused(() => BpfMap.create({ ...request, keySize: 0, name: "refused" }));
  const memory = object.map("shared").mmap();
  object.close();
  refused(() => words.info);
  new Uint32Array(memory)[0] = 1; // still mapped
}

async function rings(): Promise<void> {
  const object = new BpfObject(program("emit"));
  object.load();
  const ring = new Ring(object.map("ring"));
  const woken = new Promise<void>((resolve) => ring.start(resolve));
  object.testRun("emit", request(20, 3));
  await woken;
  ring.release(ring.produced());
  ring.rearm();
  object.testRun("emit", request(1));
  ring.stop(); // with a wake-up on its way
  await new Promise<void>((resolve) => {
    ring.start(() => {
      ring.close(); // from inside its own wake-up
      resolve();
    });
  });
  const forgotten = new Ring(object.map("ring"));
  void forgotten.data;
  object.close();
}

function probes(): void {
  for (const kind of ["tp_btf", "fentry", "lsm", "raw_tp", "tracepoint", "kprobe"] as const)
    native.probeHook(kind, "sys_enter");
  native.probeHook("iter", "task");
  native.probeHook("cgroup", "connect4");
  native.ownPid();
  native.kernelHasMember("sock_common", "skc_daddr");
  native.kernelEnumValue("bpf_map_type", "BPF_MAP_TYPE_RINGBUF");
  native.enableRunStats().close();
  native.enableRunStats(); // forgotten
}

async function collect(): Promise<void> {
  if (global.gc === undefined) throw new Error("run with --expose-gc");
  for (let i = 0; i < 3; i++) {
    global.gc();
    await new Promise((resolve) => setImmediate(resolve)); // finalizers run between turns
  }
}

/** Ends a thread while its ring waits, with nothing closed. */
async function abandonThread(): Promise<void> {
  const worker = new Worker(new URL(import.meta.url), { stdout: true });
  await new Promise((resolve) => worker.stdout.once("data", resolve));
  await worker.terminate();
}

function startAndAbandon(): void {
  const object = new BpfObject(program("emit"));
  object.load();
  const ring = new Ring(object.map("ring"));
  ring.start(() => {});
  object.testRun("emit", request(3));
}

if (isMainThread) {
  for (let i = 0; i < 3; i++) {
    objects();
    refusals();
    maps();
    probes();
    await rings();
    await abandonThread();
    await collect();
    native.returnMemory();
  }
  startAndAbandon();
  console.log("exercised");
  process.exit(0); // with a ring that waits
} else {
  startAndAbandon();
  console.log("started");
}
