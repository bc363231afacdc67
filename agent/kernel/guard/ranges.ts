/**
 * Addresses and ports as keys: entries that keep the same bits of both are one range, and the
 * kernel asks once for each range.
 */
import type { Ports, Rule } from "@pahlevan/core/policy/compile/compiled.ts";
import { limitValues, rule_kindValues, type range_listValues } from "../layout.gen.ts";
import type { RuleTable } from "./rule-table.ts";

/** What an entry keeps of an act: the rest of the act does not matter to it. */
export interface Range {
  readonly list: keyof typeof range_listValues;
  /** 0: any address. */
  readonly family: 0 | 4 | 6;
  readonly addressBits: number;
  readonly portBits: number;
  readonly anyProtocol: boolean;
  readonly isDistance: boolean;
  /** Of who accepts: one's own address, not the peer's. */
  readonly isOwn: boolean;
}

type Where = Pick<Range, "family" | "addressBits" | "isDistance" | "isOwn">;

export interface Place {
  readonly range: Where;
  readonly id: Uint8Array;
}

export const anywhere: Place = {
  range: { family: 0, addressBits: 0, isDistance: false, isOwn: false },
  id: new Uint8Array(16),
};

export interface Port {
  /** Of the range's first one. */
  readonly port: number;
  readonly bits: number;
}

interface Said {
  readonly range: Range;
  readonly id: Uint8Array;
  readonly portAndProtocol: number;
  readonly rule: Rule;
  readonly bits: number;
}

export class RangeTable {
  readonly #said: Said[] = [];

  add(
    list: Range["list"],
    place: Place,
    { port, bits: portBits }: Port,
    protocol: number | undefined,
    rule: Rule,
    bits: number,
  ): void {
    const range = { list, ...place.range, portBits, anyProtocol: protocol === undefined };
    const portAndProtocol = (port << 8) | (protocol ?? 0);
    this.#said.push({ range, id: place.id, portAndProtocol, rule, bits });
  }

  /** Gives each range its number, and the table its entries. */
  lower(table: RuleTable): readonly Range[] | { readonly tooMany: number } {
    const groups = Map.groupBy(this.#said, ({ range }) => rangeText(range));
    if (groups.size > limitValues.ranges) return { tooMany: groups.size };
    const sorted = [...groups].toSorted(([a], [b]) => (a < b ? -1 : 1));
    return sorted.flatMap(([, entries], index) => {
      for (const { id, portAndProtocol, rule, bits } of entries)
        table.add({ id, kind: rule_kindValues.range + index, facet: portAndProtocol }, rule, bits);
      return entries[0]?.range ?? [];
    });
  }
}

function rangeText({ list, family, addressBits, portBits, ...flags }: Range): string {
  const { anyProtocol, isDistance, isOwn } = flags;
  return JSON.stringify([list, family, addressBits, portBits, anyProtocol, isDistance, isOwn]);
}

/** The fewest aligned blocks that are exactly these ports; of none that are named, any. */
export function portBlocks(ports: Ports | undefined): readonly Port[] {
  if (ports === undefined) return [{ port: 0, bits: 0 }];
  const blocks: Port[] = [];
  for (let port = ports.from; port <= ports.to;) {
    let bits = 16;
    while (bits > 0 && port % size(bits - 1) === 0 && port + size(bits - 1) - 1 <= ports.to) bits--;
    blocks.push({ port, bits });
    port += size(bits);
  }
  return blocks;
}

const size = (bits: number) => 2 ** (16 - bits);
