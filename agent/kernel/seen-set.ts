/**
 * The kernel's memory of what each instance was seen doing: reading it, and sweeping out who has
 * ended.
 */
import type { Kind } from "@pahlevan/core/behaviour/event.ts";
import type { BpfMap } from "@pahlevan/native";
import { kindByNumber } from "./decode.ts";
import { seenKeyLayout, seenValueLayout } from "./layout.gen.ts";

export interface Seen {
  readonly kind: Kind;
  /** Keyed hash of what was seen: the same for the same fact until the agent's secret changes. */
  readonly id: string;
  readonly count: number;
  /** Before the instance's first exec: what its runtime did in it. */
  readonly setup: boolean;
}

interface Entry {
  readonly key: Buffer;
  readonly value: Buffer;
}

function* entriesOf(map: BpfMap): Generator<Entry> {
  const { count, keys, values } = map.entries(map.info.maxEntries);
  const keyBytes = Buffer.from(keys.buffer, keys.byteOffset, keys.byteLength);
  const valueBytes = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  const { sizeBytes: keySize } = seenKeyLayout;
  const { sizeBytes: valueSize } = seenValueLayout;
  for (let index = 0; index < count; index++)
    yield {
      key: keyBytes.subarray(index * keySize, (index + 1) * keySize),
      value: valueBytes.subarray(index * valueSize, (index + 1) * valueSize),
    };
}

/**
 * What the workload itself did, not its runtime before it. Walks the whole set: for a look at one
 * instance, not for every second.
 */
export function readSeen(map: BpfMap, slot: number, generation: number): Seen[] {
  const seen: Seen[] = [];
  for (const { key, value } of entriesOf(map)) {
    if (key.readUInt32LE(seenKeyLayout.offset.instance) !== slot) continue;
    if (key.readUInt32LE(seenKeyLayout.offset.generation) !== generation) continue;
    if (key.readUInt32LE(seenKeyLayout.offset.in_setup) !== 0) continue;
    const kind = kindByNumber[key.readUInt32LE(seenKeyLayout.offset.kind)];
    if (kind === undefined) continue;
    seen.push({
      kind,
      id: key.toString("hex", seenKeyLayout.offset.id),
      count: value.readUInt32LE(seenValueLayout.offset.count),
      setup: key.readUInt32LE(seenKeyLayout.offset.in_setup) !== 0,
    });
  }
  return seen;
}

/** Removes all that these slots have seen, in one walk for all of them. Returns how many. */
export function sweepSeen(map: BpfMap, slots: ReadonlySet<number>): number {
  let swept = 0;
  for (const { key } of entriesOf(map))
    if (slots.has(key.readUInt32LE(seenKeyLayout.offset.instance)) && map.delete(key)) swept++;
  return swept;
}
