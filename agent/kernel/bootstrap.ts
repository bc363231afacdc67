/**
 * Gives the loaded programs what they need before the first one runs: free slots and the host's
 * own.
 */
import type { BpfObject } from "@pahlevan/native";
import { FIRST_FREE_SLOT, HOST_SLOT, type InstanceTable } from "./instance-table.ts";
import { cgroupEntryLayout } from "./layout.gen.ts";

const FIRST_GENERATION = 1;

export function fillMaps(
  object: BpfObject,
  table: InstanceTable,
  scratches: number,
  rootCgroupId: bigint,
): void {
  for (let slot = 0; slot < table.slots; slot++) table.reset(slot, FIRST_GENERATION);
  table.setHost(rootCgroupId);
  // A stack: the lowest slot is pushed last, so that slots in use lie together.
  const free = object.map("free_instances");
  for (let slot = table.slots - 1; slot >= FIRST_FREE_SLOT; slot--) free.push(number32(slot));
  const freeScratches = object.map("free_scratches");
  for (let index = 0; index < scratches; index++) freeScratches.push(number32(index));
  object.map("cgroups").update(number64(rootCgroupId), cgroupEntry(HOST_SLOT, true));
}

/** `grouping`: what is made below it is an instance of its own. */
export function cgroupEntry(slot: number, grouping: boolean): Uint8Array {
  const entry = Buffer.alloc(cgroupEntryLayout.sizeBytes);
  entry.writeUInt32LE(slot, cgroupEntryLayout.offset.instance);
  entry.writeUInt32LE(grouping ? 1 : 0, cgroupEntryLayout.offset.grouping);
  return entry;
}

export function number32(value: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

export function number64(value: bigint): Uint8Array {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return bytes;
}
