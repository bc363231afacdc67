/** What reading a written value gives: the value, or a sentence that says why it is none. */

export type Read<T> = { readonly value: T } | { readonly refused: string };

export function refused(why: string): { readonly refused: string } {
  return { refused: why };
}

/** For values that were read before: a refusal here is a mistake of ours. */
export function readBefore<T>(read: Read<T>): T {
  if ("value" in read) return read.value;
  throw new Error(`a value that was accepted before is refused now: ${read.refused}`);
}
