/**
 * Protocol Buffers' wire format, for the few messages we exchange with runtimes: fields by number,
 * no schema.
 */

/**
 * A field's values in the order they came; numbers as bigint, strings and messages as their bytes.
 */
export class Message {
  readonly #fields = new Map<number, (bigint | Uint8Array)[]>();

  /** Throws RangeError on bytes that are not a message. */
  constructor(bytes: Uint8Array) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let offset = 0;
    const varint = (): bigint => {
      let value = 0n;
      for (let shift = 0n; shift < 70n; shift += 7n) {
        const byte = view.getUint8(offset++);
        value |= BigInt(byte & 0x7f) << shift;
        if (byte < 0x80) return BigInt.asUintN(64, value);
      }
      throw new RangeError(`protobuf: a number of more than ten bytes, at byte ${offset}`);
    };
    const take = (length: number): Uint8Array => {
      if (length > bytes.length - offset)
        throw new RangeError(`protobuf: cut short at byte ${offset}`);
      offset += length;
      return bytes.subarray(offset - length, offset);
    };

    while (offset < bytes.length) {
      const tag = Number(varint());
      const wireType = tag & 7;
      const field = Math.floor(tag / 8);
      if (wireType === 0) this.#add(field, varint());
      else if (wireType === 1) this.#add(field, take(8));
      else if (wireType === 2) this.#add(field, take(Number(varint())));
      else if (wireType === 5) this.#add(field, take(4));
      else throw new RangeError(`protobuf: wire type ${wireType} at byte ${offset}`);
    }
  }

  #add(field: number, value: bigint | Uint8Array): void {
    const values = this.#fields.get(field);
    if (values === undefined) this.#fields.set(field, [value]);
    else values.push(value);
  }

  bytes(field: number): readonly Uint8Array[] {
    return (this.#fields.get(field) ?? []).filter((value) => typeof value !== "bigint");
  }

  /** The last one given counts, as the format says; empty where there is none. */
  string(field: number): string {
    return utf8.decode(this.bytes(field).at(-1) ?? new Uint8Array());
  }

  message(field: number): Message {
    return new Message(this.bytes(field).at(-1) ?? new Uint8Array());
  }

  messages(field: number): Message[] {
    return this.bytes(field).map((bytes) => new Message(bytes));
  }

  /** map<string, string>: repeated entries of (1: key, 2: value). */
  stringMap(field: number): [string, string][] {
    return this.messages(field).map((entry) => [entry.string(1), entry.string(2)]);
  }
}

const utf8 = new TextDecoder();

/** One length-delimited field: a string, or a message that was encoded before. */
export function encodeField(field: number, value: string | Uint8Array): Uint8Array {
  const bytes = typeof value === "string" ? new TextEncoder().encode(value) : value;
  return Buffer.concat([encodeVarint(field * 8 + 2), encodeVarint(bytes.length), bytes]);
}

function encodeVarint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  bytes.push(rest);
  return Uint8Array.from(bytes);
}
