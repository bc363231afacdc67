/** IPv4 and IPv6 addresses: from text to bytes, and back in the one canonical way (RFC 5952). */

/** Four bytes or sixteen. */
export type Address = readonly number[];

/** Undefined for what is no address. */
export function readAddress(text: string): Address | undefined {
  return text.includes(":") ? readV6(text) : readV4(text);
}

function readV4(text: string): readonly number[] | undefined {
  const parts = text.split(".");
  // No leading zeros: some read them as octal, others do not.
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part)))
    return undefined;
  const bytes = parts.map(Number);
  return bytes.every((byte) => byte <= 255) ? bytes : undefined;
}

function readV6(text: string): readonly number[] | undefined {
  const halves = text.split("::");
  if (halves.length > 2 || text.length > 45) return undefined;
  const [head, tail] = halves.map((half, index) => wordsOf(half, index === halves.length - 1));
  if (head === undefined) return undefined;
  if (halves.length === 1) return head.length === 16 ? head : undefined;
  if (tail === undefined || head.length + tail.length > 14) return undefined;
  return [...head, ...zeros(16 - head.length - tail.length), ...tail];
}

/** Two bytes a word; the last may be an IPv4 address. */
function wordsOf(half: string, isLast: boolean): number[] | undefined {
  if (half === "") return [];
  const bytes: number[] = [];
  const words = half.split(":");
  for (const [index, word] of words.entries()) {
    const v4 =
      isLast && index === words.length - 1 && word.includes(".") ? readV4(word) : undefined;
    if (v4 === undefined && !/^[0-9A-Fa-f]{1,4}$/.test(word)) return undefined;
    const value = Number.parseInt(word, 16);
    bytes.push(...(v4 ?? [value >> 8, value & 255]));
  }
  return bytes;
}

const zeros = (length: number): number[] => Array.from({ length }, () => 0);

export function addressText(bytes: Address): string {
  if (bytes.length === 4) return bytes.join(".");
  const words = Array.from(
    { length: 8 },
    (_, i) => (bytes[2 * i] ?? 0) * 256 + (bytes[2 * i + 1] ?? 0),
  );
  const hex = words.map((word) => word.toString(16));
  const [start, length] = longestZeros(words);
  if (length < 2) return hex.join(":");
  return `${hex.slice(0, start).join(":")}::${hex.slice(start + length).join(":")}`;
}

/** The first of the longest. */
function longestZeros(words: readonly number[]): [start: number, length: number] {
  let best: [number, number] = [0, 0];
  for (let start = 0; start < words.length; start++) {
    let length = 0;
    while (words[start + length] === 0) length++;
    if (length > best[1]) best = [start, length];
  }
  return best;
}
