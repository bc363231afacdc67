/**
 * The kernel's memory of what each instance was seen doing: reading it, and sweeping out who has
 * ended.
 */
import type { Kind } from "@pahlevan/core/behaviour/event.ts";
import type { BpfMap } from "@pahlevan/native";
import { kindByNumber } from "./decode.ts";
import { limitValues, seenKeyLayout, seenValueLayout } from "./layout.gen.ts";

export interface Seen {
  readonly kind: Kind;
  /** Keyed hash of what was seen: the same for the same fact until the agent's secret changes. */
  readonly id: string;
  readonly count: number;
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
    if (key.readUInt32LE(seenKeyLayout.offset.chapter) === limitValues.setup_chapter) continue;
    const kind = kindByNumber[key.readUInt32LE(seenKeyLayout.offset.kind)];
    if (kind === undefined) continue;
    seen.push({
      kind,
      id: key.toString("hex", seenKeyLayout.offset.id),
      count: value.readUInt32LE(seenValueLayout.offset.count),
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

/**
 * Removes what these slots have seen in chapters before the one that is given. Returns how much, by
 * slot.
 */
export function sweepEarlier(
  map: BpfMap,
  chapters: ReadonlyMap<number, number>,
): Map<number, number> {
  const swept = new Map<number, number>();
  for (const { key } of entriesOf(map)) {
    const slot = key.readUInt32LE(seenKeyLayout.offset.instance);
    const chapter = chapters.get(slot);
    if (chapter === undefined) continue;
    // In keys the first one is that of the set-up: there they are one more.
    if (key.readUInt32LE(seenKeyLayout.offset.chapter) > chapter || !map.delete(key)) continue;
    swept.set(slot, (swept.get(slot) ?? 0) + 1);
  }
  return swept;
}
