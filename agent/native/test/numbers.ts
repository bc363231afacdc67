/** Numbers as the bytes that maps take, and back. */

export function u32(...values: number[]): Uint8Array {
  return new Uint8Array(Uint32Array.from(values).buffer);
}

export function u64(...values: number[]): Uint8Array {
  return new Uint8Array(BigUint64Array.from(values, BigInt).buffer);
}

/** Copied first: bytes may lie anywhere in their buffer. */
export function toU32(bytes: Uint8Array): number[] {
  return [...new Uint32Array(bytes.slice().buffer)];
}

export function toU64(bytes: Uint8Array): number[] {
  return Array.from(new BigUint64Array(bytes.slice().buffer), Number);
}
