/** Loss is arithmetic: what the kernel counted, added up over processors. */
import { kinds, type Kind } from "@pahlevan/core/behaviour/event.ts";
import type { BpfMap } from "@pahlevan/native";
import {
  countersLayout,
  dropValues,
  failureKeyLayout,
  kindValues,
  placeValues,
} from "./layout.gen.ts";

const { offset, sizeBytes } = countersLayout;
const zeroKey = new Uint8Array(4);

export type DropReason = Exclude<keyof typeof dropValues, "max">;

export interface Counts {
  readonly generated: number;
  readonly delivered: number;
  readonly aggregated: number;
  readonly dropped: Readonly<Record<DropReason, number>>;
}

export type KindCounts = ReadonlyMap<Kind, Counts>;

/** What the kernel's cache answered alone: generated and aggregated in one. */
export type Hits = (cpu: number, kind: number) => number;

/** One reading for each processor. Numbers are exact up to 2^53. */
export function readCounters(map: BpfMap, hits: Hits, cpus: number): KindCounts[] {
  const bytes = Buffer.alloc(sizeBytes * cpus);
  map.lookup(zeroKey, bytes);
  return Array.from({ length: cpus }, (_, cpu) => countsAt(bytes, cpu, hits));
}

function countsAt(bytes: Buffer, cpu: number, hits: Hits): KindCounts {
  const base = cpu * sizeBytes;
  const at = (field: number, index: number) =>
    Number(bytes.readBigUInt64LE(base + field + index * 8));
  const counts = new Map<Kind, Counts>();
  for (const kind of allKinds) {
    const number = kindValues[kind];
    const drop = (reason: DropReason) =>
      at(offset.dropped, number * dropValues.max + dropValues[reason]);
    counts.set(kind, {
      generated: at(offset.generated, number) + hits(cpu, number),
      delivered: at(offset.delivered, number),
      aggregated: at(offset.aggregated, number) + hits(cpu, number),
      dropped: {
        ring_full: drop("ring_full"),
        set_full: drop("set_full"),
        scratch_busy: drop("scratch_busy"),
      },
    });
  }
  return counts;
}

function isKind(name: string): name is Kind {
  return name in kinds;
}
export const allKinds: readonly Kind[] = Object.keys(kinds).filter(isKind);

const none: Counts = {
  generated: 0,
  delivered: 0,
  aggregated: 0,
  dropped: { ring_full: 0, set_full: 0, scratch_busy: 0 },
};

function add(a: Counts, b: Counts): Counts {
  return {
    generated: a.generated + b.generated,
    delivered: a.delivered + b.delivered,
    aggregated: a.aggregated + b.aggregated,
    dropped: {
      ring_full: a.dropped.ring_full + b.dropped.ring_full,
      set_full: a.dropped.set_full + b.dropped.set_full,
      scratch_busy: a.dropped.scratch_busy + b.dropped.scratch_busy,
    },
  };
}

export function summed(perCpu: readonly KindCounts[]): KindCounts {
  return new Map(
    allKinds.map((kind) => [kind, perCpu.map((each) => each.get(kind) ?? none).reduce(add, none)]),
  );
}

export function totalOf(perCpu: readonly KindCounts[]): Counts {
  return [...summed(perCpu).values()].reduce(add, none);
}

export function droppedIn({ dropped }: Counts): number {
  return dropped.ring_full + dropped.set_full + dropped.scratch_busy;
}

/** What a fact became must be what it was: 0, but for facts that are on their way. */
export function unaccounted(counts: Counts): number {
  return counts.generated - counts.delivered - counts.aggregated - droppedIn(counts);
}

export interface LossEquation {
  /** For every kind on every processor, and every record delivered was received here. */
  readonly holds: boolean;
  readonly generated: number;
  readonly delivered: number;
  readonly received: number;
  readonly aggregated: number;
  readonly dropped: number;
}

export function lossEquation(
  perCpu: readonly KindCounts[],
  received: ReadonlyMap<Kind, number>,
): LossEquation {
  const byKind = summed(perCpu);
  const total = totalOf(perCpu);
  const balanced = perCpu.every((each) => [...each.values()].every((c) => unaccounted(c) === 0));
  const arrived = allKinds.every(
    (kind) => (byKind.get(kind) ?? none).delivered === (received.get(kind) ?? 0),
  );
  return {
    holds: balanced && arrived,
    generated: total.generated,
    delivered: total.delivered,
    received: [...received.values()].reduce((sum, count) => sum + count, 0),
    aggregated: total.aggregated,
    dropped: droppedIn(total),
  };
}

export interface Failure {
  readonly place: string;
  /** The errno, negative as helpers return it; 0 where the place alone is the failure. */
  readonly error: number;
  readonly count: number;
}

const places = Object.keys(placeValues);

export function readFailures(map: BpfMap): Failure[] {
  const { count, keys, values } = map.entries(map.info.maxEntries);
  const keyBytes = Buffer.from(keys.buffer, keys.byteOffset, keys.byteLength);
  const valueBytes = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  return Array.from({ length: count }, (_, index) => {
    const key = index * failureKeyLayout.sizeBytes;
    const place = keyBytes.readUInt32LE(key + failureKeyLayout.offset.place);
    return {
      place: places[place] ?? `place_${place}`,
      error: keyBytes.readInt32LE(key + failureKeyLayout.offset.error),
      count: Number(valueBytes.readBigUInt64LE(index * 8)),
    };
  });
}
