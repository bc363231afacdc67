/** Rows are whole or free, and what fails changes nothing. */
import { beforeEach, expect, test } from "vitest";
import {
  actionValues,
  facetValues,
  guardedLayout,
  instanceLayout,
  limitValues,
  phaseValues,
  policyLayout,
} from "../layout.gen.ts";
import { Guard } from "./guard.ts";
import type { Lowered } from "./lower.ts";

const ROWS = 4;
const { offset, sizeBytes } = instanceLayout;
let policies: ArrayBuffer;
let instances: ArrayBuffer;
let guarded: ArrayBuffer;
/** In the order in which they were asked for. */
let asked: string[];
let refuses: string | undefined;
/** The kernel's map, and what a program does while the guard waits for it. */
let paths: Map<string, number>;
let meanwhile: () => void;
let namesPeers: boolean;
let guard: Guard;

beforeEach(() => {
  policies = new ArrayBuffer(ROWS * policyLayout.sizeBytes);
  instances = new ArrayBuffer(5 * sizeBytes);
  guarded = new ArrayBuffer(guardedLayout.sizeBytes);
  asked = [];
  refuses = undefined;
  paths = new Map();
  meanwhile = () => undefined;
  const ask = (what: string) => {
    if (what === refuses) throw new Error(`refused: ${what}`);
    asked.push(what);
  };
  guard = new Guard({
    policies,
    instances,
    guarded,
    rules: {
      put: (row, { count }) => ask(`put ${row}: ${count}`),
      remove: (row) => ask(`remove ${row}`),
      settle: () => {
        ask("settle");
        meanwhile();
      },
    },
    paths: {
      put: (path, row) => {
        ask(`lead ${path} ${row}`);
        paths.set(path, row);
      },
      remove: (path) => {
        ask(`lead ${path} nowhere`);
        paths.delete(path);
      },
      all: () => paths,
    },
    control: { forgetDecisions: () => ask("forget"), namePeers: (does) => (namesPeers = does) },
  });
});

function policy(generation: number): Lowered {
  const header = Buffer.alloc(policyLayout.sizeBytes, 0xaa);
  header.writeUInt32LE(generation, policyLayout.offset.generation);
  return { header, rules: { keys: Buffer.alloc(24), values: Buffer.alloc(8), count: generation } };
}

const at = (slot: number) => ({ slot, generation: 0 });
const u32 = (slot: number, field: keyof typeof offset) =>
  new DataView(instances).getUint32(slot * sizeBytes + offset[field], true);

test("denied calls are those that any policy denies, in any phase, by the native numbers", () => {
  expect(guard.deniedCalls()).toEqual(new Set());
  const denying = (generation: number, bits: readonly number[]) => {
    const header = Buffer.alloc(policyLayout.sizeBytes);
    header.writeUInt32LE(generation, policyLayout.offset.generation);
    for (const bit of bits)
      header[policyLayout.offset.denied_syscalls + (bit >> 3)]! |= 1 << (bit & 7);
    return { ...policy(generation), header };
  };
  const { syscalls } = limitValues;
  // For the start 0 and 63; for later 511; and one of the other numbering.
  const first = guard.install(denying(1, [0, 63, syscalls + 511, phaseValues.max * syscalls + 7]));
  guard.install(denying(2, [100]));
  expect(guard.deniedCalls()).toEqual(new Set([0, 63, 511, 100]));
  guard.remove(first);
  expect(guard.deniedCalls()).toEqual(new Set([100]));
});

test("the kernel is told whether anybody is held to a policy that names who may come in", () => {
  const plain = { ...policy(7), header: Buffer.from(policy(7).header) };
  plain.header.writeUInt32LE(0, policyLayout.offset.names_peers);
  guard.install(plain);
  expect(namesPeers).toBe(false);
  const row = guard.install(policy(8));
  expect(namesPeers).toBe(true);
  guard.remove(row);
  expect(namesPeers).toBe(false);
});

test("entries are there before the header, and the header before an instance has it", () => {
  const row = guard.install(policy(7));
  expect([row, asked]).toEqual([1, ["put 1: 7"]]);
  const header = Buffer.from(policies, policyLayout.sizeBytes, policyLayout.sizeBytes);
  expect(header.equals(policy(7).header)).toBe(true);
  expect(guard.generationAt(1)).toBe(7);
  expect(guard.bind(at(2), row)).toBe(true);
  expect([u32(2, "policy"), u32(3, "policy"), guard.slotsAt(1)]).toEqual([1, 0, [2]]);
  expect(asked).toEqual(["put 1: 7", "forget"]);
});

test("a swap gives everybody the new row, and frees the old one when nobody looks into it", () => {
  const row = guard.install(policy(7));
  guard.bind(at(2), row);
  guard.bind(at(4), row);
  asked = [];
  expect(guard.swap(row, policy(8))).toBe(2);
  expect(asked).toEqual(["put 2: 8", "forget", "settle", "remove 1"]);
  expect([guard.slotsAt(2), guard.slotsAt(1), guard.generationAt(1)]).toEqual([
    [2, 4],
    [],
    undefined,
  ]);
  expect(guard.install(policy(9))).toBe(1);
});

test("what cannot be installed leaves everything as it was", () => {
  const row = guard.install(policy(7));
  guard.bind(at(2), row);
  const before = Buffer.from(policies.slice(0));
  asked = [];
  refuses = "put 2: 8";
  expect(() => guard.swap(row, policy(8))).toThrow("refused: put 2: 8");
  expect([asked, guard.rowOf(2)]).toEqual([[], 1]);
  expect(Buffer.from(policies).equals(before)).toBe(true);
});

test("a row that could not be emptied is nobody's until it is", () => {
  const row = guard.install(policy(7));
  guard.bind(at(2), row);
  refuses = "remove 1";
  expect(guard.swap(row, policy(8))).toBe(2);
  expect([guard.rowOf(2), guard.leaving, guard.generationAt(1)]).toEqual([2, 1, undefined]);
  expect(() => guard.bind(at(3), row)).toThrow("no policy is in row 1");
  expect(guard.install(policy(9))).toBe(3);
  refuses = undefined;
  expect(guard.install(policy(10))).toBe(1);
  expect(guard.leaving).toBe(0);
});

test("there is room for so many and no more", () => {
  for (let generation = 1; generation < ROWS; generation++) guard.install(policy(generation));
  expect(() => guard.install(policy(9))).toThrow("the kernel holds 3 policies");
  guard.remove(2);
  expect(guard.install(policy(9))).toBe(2);
});

test("who is held to a removed policy is held to none", () => {
  const row = guard.install(policy(7));
  guard.bind(at(3), row);
  guard.remove(row);
  expect([guard.rowOf(3), u32(3, "policy")]).toEqual([undefined, 0]);
  guard.bind(at(3), guard.install(policy(8)));
  expect(guard.release(at(3))).toBe(true);
  expect(guard.rowOf(3)).toBeUndefined();
});

test("a path leads to the new row before the old one is free, and nowhere once there is none", () => {
  const row = guard.install(policy(7));
  guard.bindPath("/web", row);
  asked = [];
  const next = guard.swap(row, policy(8));
  expect(asked).toEqual(["put 2: 8", "forget", "lead /web 2", "settle", "remove 1"]);
  expect([...guard.boundPaths()]).toEqual([["/web", next]]);
  asked = [];
  guard.remove(next);
  expect(asked).toEqual(["forget", "lead /web nowhere", "settle", "remove 2"]);
  expect(() => guard.bindPath("/web", next)).toThrow("no policy is in row 2");
});

test("whom a program gave the old row while it went gets the new one", () => {
  const row = guard.install(policy(7));
  meanwhile = () => new DataView(instances).setUint32(3 * sizeBytes + offset.policy, row, true);
  asked = [];
  const next = guard.swap(row, policy(8));
  expect([guard.rowOf(3), asked]).toEqual([
    next,
    ["put 2: 8", "forget", "settle", "forget", "remove 1"],
  ]);
});

test("a row to which a path still leads is not emptied", () => {
  const row = guard.install(policy(7));
  guard.bindPath("/web", row);
  refuses = "lead /web 2";
  const next = guard.swap(row, policy(8));
  expect([guard.leaving, asked.includes("remove 1")]).toEqual([1, false]);
  guard.swap(next, policy(9));
  expect([guard.leaving, [...paths]]).toEqual([0, [["/web", 3]]]);
});

test("a slot that is another's by now is left alone", () => {
  const row = guard.install(policy(7));
  asked = [];
  expect(guard.bind({ slot: 2, generation: 5 }, row)).toBe(false);
  expect([u32(2, "policy"), asked]).toEqual([0, []]);
});

test("rows that hold no policy are refused, and headers that are none", () => {
  for (const row of [0, 1, ROWS, -1, 1.5])
    expect(() => guard.bind(at(2), row)).toThrow(`no policy is in row ${row}`);
  expect(() => guard.install(policy(0))).toThrow("no header");
  expect(() => guard.install({ ...policy(1), header: new Uint8Array(8) })).toThrow("no header");
});

test("another guard over the same memory finds the policies that are there", () => {
  const row = guard.install(policy(7));
  guard.bind(at(2), row);
  const next = new Guard({
    ...{
      policies,
      instances,
      guarded,
      control: { forgetDecisions: () => undefined, namePeers: () => undefined },
    },
    rules: { put: () => undefined, remove: () => undefined, settle: () => undefined },
    paths: { put: () => undefined, remove: () => undefined, all: () => new Map() },
  });
  expect([next.generationAt(row), next.rowOf(2), next.install(policy(8))]).toEqual([7, 1, 2]);
});

test("decisions are counted by facet and action", () => {
  const decided = 2 * sizeBytes + offset.decided;
  const { file, io_uring } = facetValues;
  const set = (facet: number, action: number, times: bigint) =>
    new DataView(instances).setBigUint64(
      decided + (facet * actionValues.max + action) * 8,
      times,
      true,
    );
  set(file, actionValues.deny, 3n);
  set(io_uring, actionValues.would, 1n);
  new DataView(instances).setUint32(2 * sizeBytes + offset.decisions_untold, 0xffff_ffff, true);
  expect(guard.decided(2)).toEqual([
    { facet: "file", action: "deny", times: 3n },
    { facet: "io_uring", action: "would", times: 1n },
  ]);
  expect([guard.untold(2), guard.decided(1)]).toEqual([0xffff_ffff, []]);
});
