/** Bytes of the kernel as text: UTF-8 as it is, anything else escaped so that no byte is lost. */
import type { Text } from "@pahlevan/core/behaviour/event.ts";

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const empty: Text = { value: "" };

/** Most names are ASCII, which needs no decoder: on a 40-byte path this is three times as fast. */
export function textAt(bytes: Buffer, start: number, end: number): Text {
  if (start >= end) return empty;
  for (let at = start; at < end; at++)
    if ((bytes[at] ?? 0) > 0x7f) return decoded(bytes, start, end);
  return { value: bytes.toString("latin1", start, end) };
}

function decoded(bytes: Buffer, start: number, end: number): Text {
  try {
    return { value: strict.decode(bytes.subarray(start, end)) };
  } catch {
    return { value: escaped(bytes, start, end), escaped: true };
  }
}

/**
 * A backslash is escaped too, so that a name that spells "\xff" and the byte 0xff stay two names.
 */
function escaped(bytes: Buffer, start: number, end: number): string {
  let value = "";
  for (let at = start; at < end;) {
    const byte = bytes[at] ?? 0;
    const length = sequenceLength(byte);
    const character = length > 0 ? sequence(bytes, at, Math.min(at + length, end)) : undefined;
    if (character === undefined || character === "\\") {
      value += `\\x${byte.toString(16).padStart(2, "0")}`;
      at++;
    } else {
      value += character;
      at += length;
    }
  }
  return value;
}

function sequenceLength(first: number): number {
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4) return 0;
  return first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

function sequence(bytes: Buffer, start: number, end: number): string | undefined {
  try {
    return strict.decode(bytes.subarray(start, end));
  } catch {
    return undefined;
  }
}

/** Texts that a NUL ends, as argv has them; one that was cut off has none. */
export function textsAt(bytes: Buffer, start: number, end: number): Text[] {
  const texts: Text[] = [];
  for (let from = start; from < end;) {
    const nul = bytes.indexOf(0, from);
    const to = nul === -1 || nul > end ? end : nul;
    texts.push(textAt(bytes, from, to));
    from = to + 1;
  }
  return texts;
}
