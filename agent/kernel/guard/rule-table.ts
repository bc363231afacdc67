/**
 * Entries of `rules` under construction: one for each key, with the bits of all that speak of it.
 */
import type { Rule } from "@pahlevan/core/policy/compile/compiled.ts";
import { ruleKeyLayout, ruleLayout } from "../layout.gen.ts";

/** What the kernel's table of one policy holds, keys and values packed in the same order. */
export interface Rules {
  readonly keys: Uint8Array;
  readonly values: Uint8Array;
  readonly count: number;
}

export interface RuleKey {
  readonly id: Uint8Array;
  readonly kind: number;
  readonly facet: number;
}

interface Bits {
  deny: number;
  allow: number;
  start: number;
}

const { offset: at, sizeBytes: keyBytes } = ruleKeyLayout;

export class RuleTable {
  readonly #bits = new Map<string, Bits>();

  /** Denies always: none ends with the start. */
  add(key: RuleKey, { rank, startOnly }: Pick<Rule, "rank" | "startOnly">, bits: number): void {
    const all = this.mention(key);
    if (rank === "deny") all.deny |= bits;
    else if (startOnly) all.start |= bits;
    else all.allow |= bits;
  }

  /** It is there, and says nothing yet. */
  mention(key: RuleKey): Bits {
    const text = keyText(key);
    const known = this.#bits.get(text);
    if (known) return known;
    const bits = { deny: 0, allow: 0, start: 0 };
    this.#bits.set(text, bits);
    return bits;
  }

  /** In the order of their keys, so that the same policy has the same bytes. */
  rules(): Rules {
    const sorted = [...this.#bits].toSorted(([a], [b]) => (a < b ? -1 : 1));
    const keys = Buffer.alloc(sorted.length * keyBytes);
    const values = Buffer.alloc(sorted.length * ruleLayout.sizeBytes);
    for (const [index, [key, { deny, allow, start }]] of sorted.entries()) {
      keys.write(key, index * keyBytes, "latin1");
      const value = index * ruleLayout.sizeBytes;
      values.writeUInt16LE(deny, value + ruleLayout.offset.deny);
      values.writeUInt16LE(allow, value + ruleLayout.offset.allow);
      values.writeUInt16LE(start, value + ruleLayout.offset.start);
    }
    return { keys, values, count: sorted.length };
  }
}

function keyText({ id, kind, facet }: RuleKey): string {
  const bytes = Buffer.alloc(keyBytes);
  bytes.set(id, at.id);
  bytes.writeUInt32LE(kind, at.kind);
  bytes.writeUInt32LE(facet, at.facet);
  return bytes.toString("latin1");
}
