/** One record where it lies in the ring: a look at its head costs no allocation. Hot path. */
import type { Text } from "@pahlevan/core/behaviour/event.ts";
import { flagValues, kindValues, limitValues, recordLayout, textValues } from "./layout.gen.ts";
import { textAt } from "./text.ts";

const { offset, sizeBytes } = recordLayout;
const texts = recordLayout.elements.text_bytes;

/** With all its texts: the kernel writes none that has more. */
export const LONGEST_RECORD_BYTES = sizeBytes + limitValues.text_bytes;

export class RecordView {
  /**
   * Records whose length or kind cannot be, skipped. Not zero means: object and layout disagree.
   */
  malformed = 0;
  /** Of the record looked at last. */
  kind = 0;
  flags = 0;
  instance = 0;
  generation = 0;
  /** Exact: the kernel counts cgroup ids up from 1, far below 2^53. */
  cgroup = 0;
  readonly bytes: Buffer;
  readonly #view: DataView;
  #at = 0;

  constructor(memory: ArrayBuffer) {
    this.bytes = Buffer.from(memory);
    this.#view = new DataView(memory);
  }

  /** False, and counted, if there is no record at `at` that is `length` bytes long. */
  look(at: number, length: number): boolean {
    if (at < 0 || length < sizeBytes || at + length > this.bytes.length) return this.#bad();
    this.#at = at;
    this.kind = this.u16("kind");
    if (this.kind <= kindValues.none || this.kind >= kindValues.max) return this.#bad();
    if (this.u32("bytes") !== length || this.#textEnd(texts - 1) > at + length) return this.#bad();
    this.flags = this.u32("flags");
    this.instance = this.u32("instance");
    this.generation = this.u32("instance_generation");
    this.cgroup =
      this.#view.getUint32(at + offset.cgroup_id + 4, true) * 2 ** 32 +
      this.#view.getUint32(at + offset.cgroup_id, true);
    return true;
  }

  #bad(): false {
    this.malformed++;
    return false;
  }

  has(flag: keyof typeof flagValues): boolean {
    return (this.flags & flagValues[flag]) !== 0;
  }

  u8(field: keyof typeof offset): number {
    return this.bytes[this.#at + offset[field]] ?? 0;
  }

  u16(field: keyof typeof offset): number {
    return this.#view.getUint16(this.#at + offset[field], true);
  }

  u32(field: keyof typeof offset): number {
    return this.#view.getUint32(this.#at + offset[field], true);
  }

  u64(field: keyof typeof offset): bigint {
    return this.#view.getBigUint64(this.#at + offset[field], true);
  }

  /** Where a field lies in `bytes`. */
  position(field: keyof typeof offset): number {
    return this.#at + offset[field];
  }

  /** Where the field ends. */
  end(field: "comm" | "local" | "remote"): number {
    return this.position(field) + recordLayout.elements[field];
  }

  /** Undefined when the record has none. */
  text(text: keyof typeof textValues): Text | undefined {
    const start = this.textStart(text);
    const end = this.textEnd(text);
    return start === end ? undefined : textAt(this.bytes, start, end);
  }

  textStart(text: keyof typeof textValues): number {
    return this.#textEnd(textValues[text] - 1);
  }

  textEnd(text: keyof typeof textValues): number {
    return this.#textEnd(textValues[text]);
  }

  #textEnd(last: number): number {
    let end = this.#at + sizeBytes;
    for (let text = 0; text <= last; text++)
      end += this.#view.getUint16(this.#at + offset.text_bytes + text * 2, true);
    return end;
  }
}
