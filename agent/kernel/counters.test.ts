/** The loss equation adds up, kind by kind and processor by processor. */
import { expect, test } from "vitest";
import type { BpfMap } from "@pahlevan/native";
import { lossEquation, readCounters, readFailures, summed } from "./counters.ts";
import {
  countersLayout,
  dropValues,
  failureKeyLayout,
  kindValues,
  placeValues,
} from "./layout.gen.ts";

const { offset, sizeBytes } = countersLayout;

type Counted = [field: keyof typeof offset, index: number, value: number];

/** A per-CPU map with one entry, as the kernel would hand it out. */
function countersMap(perCpu: readonly (readonly Counted[])[]): BpfMap {
  const bytes = Buffer.alloc(sizeBytes * perCpu.length);
  perCpu.forEach((counted, cpu) => {
    for (const [field, index, value] of counted)
      bytes.writeBigUInt64LE(BigInt(value), cpu * sizeBytes + offset[field] + index * 8);
  });
  return madeMap({ lookup: (_, value) => (value.set(bytes), true) });
}

function madeMap(part: Partial<BpfMap>): BpfMap {
  const unasked = () => {
    throw new Error("not asked of this map");
  };
  const info = {
    name: "made",
    type: 0,
    keySize: 0,
    valueSize: 0,
    maxEntries: 9,
    id: 0,
    memoryBytes: 0,
  };
  const calls = { lookup: unasked, update: unasked, delete: unasked, push: unasked, pop: unasked };
  const more = { entries: unasked, mmap: unasked, pin: unasked, unpin: unasked, close: unasked };
  return { info, ...calls, freeze: unasked, updateInner: unasked, ...more, ...part };
}

const { open, fork } = kindValues;
const whole: Counted[][] = [
  [
    ["generated", open, 10],
    ["delivered", open, 4],
    ["aggregated", open, 3],
    ["dropped", open * dropValues.max + dropValues.ring_full, 2],
    ["dropped", open * dropValues.max + dropValues.scratch_busy, 1],
  ],
  [
    ["generated", fork, 5],
    ["aggregated", fork, 5],
  ],
];

const noHits = () => 0;

test("what the kernel's cache answered is generated and aggregated", () => {
  const ofTheSecond = (cpu: number, kind: number) => (cpu === 1 && kind === open ? 7 : 0);
  const perCpu = readCounters(countersMap([[], []]), ofTheSecond, 2);
  expect(perCpu[0]?.get("open")).toMatchObject({ generated: 0, aggregated: 0 });
  expect(perCpu[1]?.get("open")).toMatchObject({ generated: 7, aggregated: 7 });
});

test("counts are read where they lie and added up over processors", () => {
  const perCpu = readCounters(countersMap([whole[0] ?? [], whole[0] ?? []]), noHits, 2);
  expect(summed(perCpu).get("open")).toEqual({
    generated: 20,
    delivered: 8,
    aggregated: 6,
    dropped: { ring_full: 4, set_full: 0, scratch_busy: 2 },
  });
});

test("the equation holds when every fact became something and every record arrived", () => {
  expect(lossEquation(readCounters(countersMap(whole), noHits, 2), new Map([["open", 4]]))).toEqual(
    {
      holds: true,
      generated: 15,
      delivered: 4,
      received: 4,
      aggregated: 8,
      dropped: 3,
    },
  );
});

test("a record that was delivered and did not arrive breaks it", () => {
  const equation = lossEquation(
    readCounters(countersMap(whole), noHits, 2),
    new Map([["open", 3]]),
  );
  expect(equation.holds).toBe(false);
});

test("a loss of one kind is not made good by another's, nor one processor's by another's", () => {
  const opposite: Counted[][] = [[["generated", open, 1]], [["delivered", open, 1]]];
  const equation = lossEquation(
    readCounters(countersMap(opposite), noHits, 2),
    new Map([["open", 1]]),
  );
  expect(equation.holds).toBe(false);
});

test("failures carry place and errno; a place from the future is shown as its number", () => {
  const keys = Buffer.alloc(failureKeyLayout.sizeBytes * 2);
  keys.writeUInt32LE(placeValues.scratch, 0);
  keys.writeInt32LE(-2, failureKeyLayout.offset.error);
  keys.writeUInt32LE(900, failureKeyLayout.sizeBytes);
  const values = Buffer.alloc(16);
  values.writeBigUInt64LE(7n, 0);
  values.writeBigUInt64LE(1n, 8);
  expect(readFailures(madeMap({ entries: () => ({ count: 2, keys, values }) }))).toEqual([
    { place: "scratch", error: -2, count: 7 },
    { place: "place_900", error: 0, count: 1 },
  ]);
});
