/** Sizes of the kernel's maps, and the settings that the programs are loaded with. */
import { expect, test } from "vitest";
import { settingsLayout } from "./layout.gen.ts";
import { defaultSizes, mapEntries, settingsBytes, sizesFor } from "./sizes.ts";

const { offset } = settingsLayout;

test("each instance's own entries and the shared ones are all there are", () => {
  const sizes = sizesFor(defaultSizes, 2, true);
  expect(sizes.ownEntries * sizes.instances + sizes.spareEntries).toBe(sizes.seenEntries);
});

test("where the set is allocated whole it is smaller, and half of it stays shared", () => {
  const sizes = sizesFor(defaultSizes, 2, false);
  expect(sizes).toMatchObject({ seenEntries: 32_768, ownEntries: 16, seenFlags: 0 });
  expect(sizes.spareEntries).toBeGreaterThanOrEqual(sizes.seenEntries / 2);
});

test("caches have a row for each processor, scratch buffers never fewer than eight", () => {
  expect(mapEntries(sizesFor(defaultSizes, 1, true))).toMatchObject({ scratches: 8, recent: 64 });
  expect(mapEntries(sizesFor(defaultSizes, 16, true))).toMatchObject({
    scratches: 64,
    free_scratches: 64,
    decisions: 16 * (1024 + 256),
    known_calls: 16 * 512,
  });
});

test("sizes that the kernel would refuse are refused by name", () => {
  const wrong = (part: object) => () => sizesFor({ ...defaultSizes, ...part }, 2, true);
  expect(wrong({ ringBytes: 5000 })).toThrow("ring of 5000 bytes: it takes a power of two");
  expect(wrong({ instances: 70_000 })).toThrow("70000 instances: it takes 3 to 65536");
});

test("settings lie as the programs read them; v2 has no subsystem", () => {
  const secret = Uint8Array.from({ length: 16 }, (_, i) => i + 1);
  const sizes = sizesFor(defaultSizes, 2, true);
  const v2 = Buffer.from(
    settingsBytes(sizes, secret, {
      hierarchyId: 0,
      subsystem: undefined,
      agentPid: 1,
      agentStartTicks: 0n,
      guard: "off",
    }),
  );
  expect(v2.subarray(offset.secret, offset.secret + 16)).toEqual(Buffer.from(secret));
  expect(v2.readInt32LE(offset.subsystem)).toBe(-1);
  expect(v2.readUInt32LE(offset.own_entries)).toBe(64);
  const v1 = Buffer.from(
    settingsBytes(sizes, secret, {
      hierarchyId: 4,
      subsystem: 7,
      agentPid: 42,
      agentStartTicks: 4711n,
      guard: "kills_exec",
    }),
  );
  expect([v1.readInt32LE(offset.hierarchy_id), v1.readInt32LE(offset.subsystem)]).toEqual([4, 7]);
  expect(v1.readUInt32LE(offset.agent_pid)).toBe(42);
  expect(v1.readBigUInt64LE(offset.agent_start)).toBe(4711n);
});

test("a secret of another length is refused", () => {
  const sizes = sizesFor(defaultSizes, 2, true);
  const tracked = {
    hierarchyId: 0,
    subsystem: undefined,
    agentPid: 1,
    agentStartTicks: 0n,
    guard: "off",
  } as const;
  expect(() => settingsBytes(sizes, new Uint8Array(8), tracked)).toThrow("a secret of 8 bytes");
});
