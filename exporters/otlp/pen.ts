/** Writes Protocol Buffers' wire format: fields one after the other, messages within messages. */

const firstBytes = 4_096;
const wireType = { varint: 0, fixed64: 1, delimited: 2, fixed32: 5 } as const;

export class Pen {
  #bytes = Buffer.allocUnsafe(firstBytes);
  #at = 0;

  get written(): Uint8Array {
    return this.#bytes.subarray(0, this.#at);
  }

  text(field: number, value: string): void {
    const length = Buffer.byteLength(value);
    this.#tag(field, wireType.delimited);
    this.#varint(length);
    this.#room(length);
    this.#at += this.#bytes.write(value, this.#at);
  }

  hex(field: number, value: string): void {
    const bytes = Buffer.from(value, "hex");
    this.#tag(field, wireType.delimited);
    this.#varint(bytes.length);
    this.#room(bytes.length);
    this.#at += bytes.copy(this.#bytes, this.#at);
  }

  /** Negative ones as two's complement of 64 bits, which takes ten bytes. */
  int(field: number, value: number): void {
    this.#tag(field, wireType.varint);
    if (value >= 0) {
      this.#varint(value);
      return;
    }
    let rest = BigInt.asUintN(64, BigInt(value));
    this.#room(10);
    for (; rest > 0x7fn; rest >>= 7n) this.#bytes[this.#at++] = Number(rest & 0x7fn) | 0x80;
    this.#bytes[this.#at++] = Number(rest);
  }

  fixed32(field: number, value: number): void {
    this.#tag(field, wireType.fixed32);
    this.#room(4);
    this.#at = this.#bytes.writeUInt32LE(value, this.#at);
  }

  fixed64(field: number, value: bigint): void {
    this.#tag(field, wireType.fixed64);
    this.#room(8);
    this.#at = this.#bytes.writeBigUInt64LE(value, this.#at);
  }

  double(field: number, value: number): void {
    this.#tag(field, wireType.fixed64);
    this.#room(8);
    this.#at = this.#bytes.writeDoubleLE(value, this.#at);
  }

  /** Packed: one tag and one length for all. */
  packedDoubles(field: number, values: readonly number[]): void {
    this.#packed(field, values.length);
    for (const value of values) this.#at = this.#bytes.writeDoubleLE(value, this.#at);
  }

  packedIntegers(field: number, values: readonly number[]): void {
    this.#packed(field, values.length);
    for (const value of values) this.#at = this.#bytes.writeBigUInt64LE(BigInt(value), this.#at);
  }

  /** Leaves one byte for the length, and moves the rest where that is not enough. */
  message(field: number, write: () => void): void {
    this.#tag(field, wireType.delimited);
    this.#room(1);
    const from = ++this.#at;
    write();
    const length = this.#at - from;
    if (length <= 0x7f) {
      this.#bytes[from - 1] = length;
      return;
    }
    this.#room(4);
    const end = this.#at;
    this.#at = from - 1;
    const more = sizeOf(length) - 1;
    this.#bytes.copyWithin(from + more, from, end);
    this.#varint(length);
    this.#at = end + more;
  }

  #packed(field: number, count: number): void {
    this.#tag(field, wireType.delimited);
    this.#varint(count * 8);
    this.#room(count * 8);
  }

  #tag(field: number, type: number): void {
    this.#varint(field * 8 + type);
  }

  #varint(value: number): void {
    this.#room(10);
    let rest = value;
    for (; rest > 0x7f; rest = Math.floor(rest / 128))
      this.#bytes[this.#at++] = (rest % 128) | 0x80;
    this.#bytes[this.#at++] = rest;
  }

  #room(bytes: number): void {
    const need = this.#at + bytes;
    if (need <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(need, this.#bytes.length * 2));
    this.#bytes.copy(larger, 0, 0, this.#at);
    this.#bytes = larger;
  }
}

function sizeOf(length: number): number {
  let size = 1;
  for (let rest = length; rest > 0x7f; rest = Math.floor(rest / 128)) size++;
  return size;
}
