/** How tests drive the program `emit`. */

/** The program's `struct request`. */
export function request(count: number, discardEvery = 0, holdNs = 0): Uint8Array {
  return new Uint8Array(
    BigUint64Array.of(BigInt(count), BigInt(discardEvery), BigInt(holdNs)).buffer,
  );
}

/** Passes this time without giving the processor away; for times too short to sleep. */
export function pause(ns: number): void {
  const end = process.hrtime.bigint() + BigInt(ns);
  while (process.hrtime.bigint() < end);
}
