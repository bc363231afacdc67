/**
 * SipHash-2-4 with 128-bit output (Aumasson and Bernstein), fed by the word as bpf/'s siphash.h is.
 * In halves of 32 bits: 4 096 paths of 60 bytes take 14 ms, with BigInt eight times that.
 */

/** "somepseudorandomlygeneratedbytes": low half first, by word. */
const initial = [
  ...[0x70736575, 0x736f6d65, 0x6e646f6d, 0x646f7261],
  ...[0x6e657261, 0x6c796765, 0x79746573, 0x74656462],
] as const;
/** What makes it the 128-bit variant. */
const [IS_LONG, IS_SECOND] = [0xee, 0xdd];

export class SipHash {
  readonly #key: Int32Array;
  /** v0 … v3, low half first. */
  readonly #state = new Int32Array(8);

  constructor(secret: Uint8Array) {
    if (secret.length !== 16) throw new Error(`a secret has 16 bytes, not ${secret.length}`);
    const view = new DataView(secret.buffer, secret.byteOffset, secret.length);
    this.#key = Int32Array.from([0, 4, 8, 12], (at) => view.getInt32(at, true));
  }

  start(): void {
    for (let half = 0; half < 8; half++)
      this.#state[half] = (initial[half] ?? 0) ^ (this.#key[half & 3] ?? 0);
    this.#flip(2, IS_LONG);
  }

  /** 64 bits: both halves may be given with or without a sign. */
  word(low: number, high: number): void {
    this.#flip(6, low);
    this.#flip(7, high);
    mix(this.#state, 2);
    this.#flip(0, low);
    this.#flip(1, high);
  }

  /** Sixteen bytes, as the kernel keeps two words. */
  end(): Uint8Array {
    const id = new Uint8Array(16);
    const view = new DataView(id.buffer);
    this.#flip(4, IS_LONG);
    mix(this.#state, 4);
    this.#fold(view, 0);
    this.#flip(2, IS_SECOND);
    mix(this.#state, 4);
    this.#fold(view, 8);
    return id;
  }

  #flip(half: number, bits: number): void {
    this.#state[half] = (this.#state[half] ?? 0) ^ bits;
  }

  #fold(view: DataView, at: number): void {
    const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = this.#state;
    view.setInt32(at, a ^ c ^ e ^ g, true);
    view.setInt32(at + 4, b ^ d ^ f ^ h, true);
  }
}

/** Hot: everything is a local of 32 bits; `>>> 0` compares without signs, to find the carry. */
function mix(state: Int32Array, rounds: number): void {
  let [a = 0, A = 0, b = 0, B = 0, c = 0, C = 0, d = 0, D = 0] = state;
  for (let round = 0; round < rounds; round++) {
    let low = (a + b) | 0;
    A = (A + B + (low >>> 0 < a >>> 0 ? 1 : 0)) | 0;
    a = low;
    low = ((b << 13) | (B >>> 19)) ^ a;
    B = ((B << 13) | (b >>> 19)) ^ A;
    b = low;
    [a, A] = [A, a];

    low = (c + d) | 0;
    C = (C + D + (low >>> 0 < c >>> 0 ? 1 : 0)) | 0;
    c = low;
    low = ((d << 16) | (D >>> 16)) ^ c;
    D = ((D << 16) | (d >>> 16)) ^ C;
    d = low;

    low = (a + d) | 0;
    A = (A + D + (low >>> 0 < a >>> 0 ? 1 : 0)) | 0;
    a = low;
    low = ((d << 21) | (D >>> 11)) ^ a;
    D = ((D << 21) | (d >>> 11)) ^ A;
    d = low;

    low = (c + b) | 0;
    C = (C + B + (low >>> 0 < c >>> 0 ? 1 : 0)) | 0;
    c = low;
    low = ((b << 17) | (B >>> 15)) ^ c;
    B = ((B << 17) | (b >>> 15)) ^ C;
    b = low;
    [c, C] = [C, c];
  }
  state[0] = a;
  state[1] = A;
  state[2] = b;
  state[3] = B;
  state[4] = c;
  state[5] = C;
  state[6] = d;
  state[7] = D;
}
