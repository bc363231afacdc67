/** Types of a tracepoint's arguments, from the kernel's BTF: names stay while arguments change. */

const MAGIC = 0xeb9f;
const TYPE_BYTES = 12;

/** BTF kinds by number: how many bytes of detail follow a type, given its `vlen`. */
const detailBytes: readonly ((vlen: number) => number)[] = [
  () => 0, // void
  () => 4, // int
  () => 0, // pointer
  () => 12, // array
  (vlen) => vlen * 12, // struct
  (vlen) => vlen * 12, // union
  (vlen) => vlen * 8, // enum
  () => 0, // forward
  () => 0, // typedef
  () => 0, // volatile
  () => 0, // const
  () => 0, // restrict
  () => 0, // function
  (vlen) => vlen * 8, // function prototype
  () => 4, // variable
  (vlen) => vlen * 12, // section
  () => 0, // float
  () => 4, // declaration tag
  () => 0, // type tag
  (vlen) => vlen * 12, // enum of 64 bits
];
const POINTER = 2;
const TYPEDEF = 8;
const CONST = 10;
const PROTOTYPE = 13;

export class Btf {
  readonly #view: DataView;
  readonly #strings: number;
  /** Where each type begins, by id. Id 0 is void and has no place. */
  readonly #types: number[] = [0];

  constructor(bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const view = this.#view;
    if (bytes.byteLength < 24 || view.getUint16(0, true) !== MAGIC)
      throw new Error("the kernel's BTF does not begin as BTF does");
    const header = view.getUint32(4, true);
    const begin = header + view.getUint32(8, true);
    const end = begin + view.getUint32(12, true);
    this.#strings = header + view.getUint32(16, true);
    for (let at = begin; at < end;) {
      this.#types.push(at);
      const info = view.getUint32(at + 4, true);
      const detail = detailBytes[(info >>> 24) & 0x1f];
      if (!detail) throw new Error(`the kernel's BTF has a type of kind ${(info >>> 24) & 0x1f}`);
      at += TYPE_BYTES + detail(info & 0xffff);
    }
  }

  /** e.g. ["io_kiocb *", "bool"], without the context that every one begins with. */
  tracepointArguments(tracepoint: string): string[] | undefined {
    const name = `btf_trace_${tracepoint}`;
    for (let id = 1; id < this.#types.length; id++) {
      if (this.#kind(id) !== TYPEDEF || this.#name(id) !== name) continue;
      const prototype = this.#target(this.#target(id));
      if (this.#kind(prototype) !== PROTOTYPE) return undefined;
      const at = this.#types[prototype] ?? 0;
      const count = this.#view.getUint32(at + 4, true) & 0xffff;
      const types = Array.from({ length: count }, (_, index) =>
        this.#spelled(this.#view.getUint32(at + TYPE_BYTES + index * 8 + 4, true)),
      );
      return types.slice(1);
    }
    return undefined;
  }

  #spelled(id: number): string {
    if (id === 0) return "void";
    if (this.#kind(id) === POINTER) return `${this.#spelled(this.#target(id))} *`;
    if (this.#kind(id) === CONST) return this.#spelled(this.#target(id));
    return this.#name(id);
  }

  #kind(id: number): number {
    return id === 0 ? 0 : (this.#view.getUint32((this.#types[id] ?? 0) + 4, true) >>> 24) & 0x1f;
  }

  #target(id: number): number {
    return this.#view.getUint32((this.#types[id] ?? 0) + 8, true);
  }

  #name(id: number): string {
    const start = this.#strings + this.#view.getUint32(this.#types[id] ?? 0, true);
    let end = start;
    while (this.#view.getUint8(end) !== 0) end++;
    const bytes = new Uint8Array(this.#view.buffer, this.#view.byteOffset + start, end - start);
    return Buffer.from(bytes).toString("latin1");
  }
}
