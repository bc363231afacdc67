/** Profiles are read from the slots that the kernel writes. */
import { beforeEach, expect, test } from "vitest";
import { Control, HOST_SLOT, InstanceTable } from "./instance-table.ts";
import { controlLayout, instanceLayout, phaseValues } from "./layout.gen.ts";

const { offset, sizeBytes } = instanceLayout;
let memory: ArrayBuffer;
let table: InstanceTable;

beforeEach(() => {
  memory = new ArrayBuffer(sizeBytes * 4);
  table = new InstanceTable(memory);
});

test("only slots with a cgroup are instances", () => {
  table.setHost(1n);
  new DataView(memory).setBigUint64(3 * sizeBytes + offset.cgroup_id, 77n, true);
  expect([...table.live()].map(({ slot, cgroupId }) => [slot, cgroupId])).toEqual([
    [HOST_SLOT, 1n],
    [3, 77n],
  ]);
  expect(table.liveSlots()).toBe(2);
});

test("who exists is who has not ended, and not the host", () => {
  const view = new DataView(memory);
  table.setHost(1n);
  for (const slot of [2, 3]) view.setBigUint64(slot * sizeBytes + offset.cgroup_id, 77n, true);
  view.setBigUint64(2 * sizeBytes + offset.ended_ns, 5n, true);
  expect([...table.existing()]).toEqual([{ slot: 3, cgroupId: 77n }]);
});

test("of system calls, capabilities and io_uring operations, what was used and how often", () => {
  table.setHost(1n);
  const bytes = new Uint8Array(memory, HOST_SLOT * sizeBytes);
  bytes[offset.syscalls + 59] = 2;
  bytes[offset.compat_syscalls + 11] = 1;
  bytes[offset.capabilities + 12] = 255;
  bytes[offset.ring_ops + 18] = 3;
  expect(table.read(HOST_SLOT)).toMatchObject({
    syscalls: [{ number: 59, times: 2 }],
    compatSyscalls: [{ number: 11, times: 1 }],
    capabilities: [{ number: 12, times: 255 }],
    ringOperations: [{ number: 18, times: 3 }],
  });
});

test("of a failure it tells how, and how long before the end; of none nothing", () => {
  const view = new DataView(memory, 3 * sizeBytes);
  expect(table.failureOf(3)).toBeUndefined();
  view.setBigUint64(offset.failed_ns, 4_000_000_000n, true);
  view.setBigUint64(offset.ended_ns, 5_500_000_000n, true);
  view.setUint32(offset.failed_with, 0x8b, true);
  expect(table.failureOf(3)).toEqual({ code: 0x8b, forMemory: false, beforeEndMs: 1_500 });
  view.setUint32(offset.failed_for_memory, 1, true);
  expect(table.failureOf(3)?.forMemory).toBe(true);
  table.reset(3, 9);
  expect(table.failureOf(3)).toBeUndefined();
});

test("a slot that is reset is nobody's, and of a new generation", () => {
  table.setHost(1n);
  table.setEvery(HOST_SLOT, 5n);
  table.reset(HOST_SLOT, 9);
  expect([...table.live()]).toEqual([]);
  expect(table.generation(HOST_SLOT)).toBe(9);
  expect(new DataView(memory).getBigUint64(sizeBytes + offset.every_kinds, true)).toBe(0n);
});

test("what an ended instance took from the shared part is given back", () => {
  const control = new Control(new ArrayBuffer(controlLayout.sizeBytes));
  control.returnSpare(-5);
  control.returnSpare(2);
  expect(control.spareUsed).toBe(3);
});

test("when a page is turned counters begin anew, and what they said before is still known", () => {
  table.setHost(1n);
  const bytes = new Uint8Array(memory, HOST_SLOT * sizeBytes);
  bytes[offset.syscalls + 59] = 2;
  bytes[offset.capabilities + 12] = 255;
  expect(table.read(HOST_SLOT)?.since).toBeUndefined();
  table.turnPage(HOST_SLOT);
  expect([bytes[offset.syscalls + 59], bytes[offset.capabilities + 12]]).toEqual([0, 0]);
  expect(table.chapter(HOST_SLOT)).toBe(1);
  bytes[offset.syscalls + 59] = 3;
  bytes[offset.capabilities + 12] = 9;
  bytes[offset.ring_ops + 1] = 1;
  expect(table.read(HOST_SLOT)).toMatchObject({
    syscalls: [{ number: 59, times: 5 }],
    capabilities: [{ number: 12, times: 255 }],
    since: {
      syscalls: [{ number: 59, times: 3 }],
      compatSyscalls: [],
      capabilities: [{ number: 12, times: 9 }],
      ringOperations: [{ number: 1, times: 1 }],
    },
  });
  table.turnPage(HOST_SLOT);
  expect(table.read(HOST_SLOT)).toMatchObject({ syscalls: [{ number: 59, times: 5 }] });
  table.reset(HOST_SLOT, 2);
  table.setHost(1n);
  expect(table.read(HOST_SLOT)).toMatchObject({ syscalls: [], since: undefined });
});

test("an instance whose start is over is steady, and one that takes its slot is not", () => {
  table.setHost(1n);
  expect(table.read(HOST_SLOT)?.isSteady).toBe(false);
  table.endStart(HOST_SLOT);
  const phase = new DataView(memory).getUint32(sizeBytes + offset.phase, true);
  expect([phase, table.read(HOST_SLOT)?.isSteady]).toEqual([phaseValues.steady, true]);
  table.reset(HOST_SLOT, 2);
  table.setHost(1n);
  expect(table.read(HOST_SLOT)?.isSteady).toBe(false);
});

test("of entries that are taken out, those that were shared are given back first", () => {
  const view = new DataView(memory);
  view.setUint32(sizeBytes + offset.entries, 10, true);
  view.setUint32(sizeBytes + offset.spare, 4, true);
  const left = () => [table.seenEntries(), table.spare(HOST_SLOT)];
  expect([table.returnEntries(HOST_SLOT, 3), left()]).toEqual([3, [7, 1]]);
  expect([table.returnEntries(HOST_SLOT, 7), left()]).toEqual([1, [0, 0]]);
});
