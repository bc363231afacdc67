/** How many records a second get from the kernel's ring into JavaScript, and when some are lost. */
import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { BpfObject, Ring } from "@pahlevan/native";
import { RingReader, type RecordViews } from "../../agent/kernel/ring-reader.ts";

const BUDGET_PER_SECOND = 2_000_000;
const RUNGS = [0.1, 0.2, 0.4, 0.8, 1.2, 1.6, 2, 2.5, 3, 4, 6].map((millions) => millions * 1e6);
const RUNG_MS = 500;
const LADDER = { "64 KB": 2 ** 16, "1 MB": 2 ** 20, "8 MB": 2 ** 23 };
const FILL_RECORDS = 6_000_000;
const FILL_RING_BYTES = 2 ** 23;

interface Row {
  name: string;
  value: number;
  unit: string;
  budget: string;
  ok: boolean;
  detail: string;
}

/** Counts records, and those that do not carry the number that is due. */
class Counter {
  records = 0;
  wrong = 0;
  startMs = 0;

  /** Two 32-bit reads: a 64-bit one would allocate a BigInt for every record. */
  readonly onRecord = ({ u32 }: RecordViews, offset: number, length: number): void => {
    const at = offset >> 2;
    const sequence = (u32[at] ?? 0) + (u32[at + 1] ?? 0) * 2 ** 32;
    if (sequence !== this.records || length !== 64) this.wrong++;
    if (this.records++ === 0) this.startMs = performance.now();
  };
}

interface Outcome {
  records: number;
  perSecond: number;
  /** By the reading thread's own time: what it could do with a core to itself. */
  perCpuSecond: number;
  lost: number;
  wrong: number;
}

/** Reads a fresh ring while a producer with these arguments writes to it. */
async function measure(path: string, sizeBytes: number, ...producer: unknown[]): Promise<Outcome> {
  const object = new BpfObject(path);
  object.setMaxEntries("ring", sizeBytes);
  object.load();
  const counters = new BigUint64Array(object.map(".bss").mmap());
  const ring = new Ring(object.map("ring"));
  const counter = new Counter();
  const reader = new RingReader(ring, counter.onRecord);
  const maps = ["ring", ".bss"].map((name) => object.map(name).info.id);
  const worker = new Worker(new URL("ring-producer.ts", import.meta.url), {
    argv: [path, ...maps, ...producer],
  });
  const cpu = process.threadCpuUsage();
  reader.start();
  await new Promise((resolve, reject) => worker.once("exit", resolve).once("error", reject));
  reader.stop();
  while (!reader.drain());
  const seconds = (performance.now() - counter.startMs) / 1000;
  const { user, system } = process.threadCpuUsage(cpu);
  const [written = 0, lost = 0] = Array.from(counters, Number);
  const { records } = counter;
  const wrong = counter.wrong + written - records;
  ring.close();
  object.close();
  const cpuSeconds = (user + system) / 1e6;
  return { records, perSecond: records / seconds, perCpuSecond: records / cpuSeconds, lost, wrong };
}

function millions(value: number): string {
  return `${(value / 1e6).toFixed(1)} M`;
}

async function throughput(path: string): Promise<Row> {
  const room = FILL_RING_BYTES / 2;
  const outcome = await measure(path, FILL_RING_BYTES, "fill", FILL_RECORDS, room);
  const { perSecond, perCpuSecond, lost, wrong } = outcome;
  const spent = `${millions(perCpuSecond)} by the reader's own CPU time`;
  return {
    ...{ name: "ring → JavaScript", value: perSecond, unit: "records/s" },
    budget: `≥ ${BUDGET_PER_SECOND / 1e6} M`,
    ok: perSecond >= BUDGET_PER_SECOND && lost + wrong === 0,
    detail: `lost ${lost}, wrong ${wrong}; 64-byte records, the writer waits for room; ${spent}`,
  };
}

/** Climbs until records are lost. The writer waits for nobody here. */
async function ladder(path: string, name: string, sizeBytes: number): Promise<Row> {
  let best = 0;
  let detail = "no higher rate was tried";
  for (const rate of RUNGS) {
    const { records, lost, wrong } = await measure(path, sizeBytes, "pace", rate, RUNG_MS);
    const asked = ((records + lost) * 1000) / RUNG_MS;
    if (lost + wrong > 0) {
      detail = `at ${millions(rate)} it loses ${((100 * lost) / (records + lost)).toFixed(2)} %`;
      break;
    }
    if (asked < rate * 0.8) {
      detail = `at ${millions(rate)} the writer is the slower one`;
      break;
    }
    best = rate;
  }
  return {
    ...{ name: `ring of ${name}: steady, none lost`, value: best, unit: "records/s" },
    ...{ budget: "-", ok: true, detail },
  };
}

/** Compiles the benchmark's program when it changed. */
function compile(): string {
  const source = fileURLToPath(new URL("ring.bpf.c", import.meta.url));
  const folder = fileURLToPath(new URL("../../build/bench/", import.meta.url));
  mkdirSync(folder, { recursive: true });
  const object = `${folder}ring.bpf.o`;
  const native = fileURLToPath(new URL("../../agent/native", import.meta.url));
  execFileSync("make", ["-s", "-C", native, "program", `SOURCE=${source}`, `OBJECT=${object}`]);
  return object;
}

export async function run(): Promise<Row[]> {
  const path = compile();
  const rows = [await throughput(path)];
  for (const [name, sizeBytes] of Object.entries(LADDER))
    rows.push(await ladder(path, name, sizeBytes));
  return rows;
}

function line({ name, value, unit, budget, ok, detail }: Row): string {
  const number = `${millions(value)} ${unit}`;
  const bound = budget === "-" ? "" : `(budget ${budget}) ${ok ? "ok" : "MISSED"}`;
  return `${name.padEnd(36)}${number.padStart(18)}  ${bound.padEnd(22)}${detail}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const rows = await run();
  for (const row of rows) console.log(line(row));
  process.exitCode = rows.every((row) => row.ok) ? 0 : 1;
}
