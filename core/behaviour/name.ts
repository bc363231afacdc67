/**
 * Names as behaviours write them: on one line, without a space, no byte lost, and a `*` in a file's
 * name never a wildcard.
 */
import type { Text } from "./event.ts";

const needsEscape = /[\x00-\x20*\\\x7f]/g;
/** A backslash of an escaped text begins an escape already. */
const needsEscapeStill = /[\x00-\x20*\x7f]/g;
const escape = /\\x([0-9a-f]{2})/g;

export function nameOf({ value, escaped }: Text): string {
  return value.replace(
    escaped ? needsEscapeStill : needsEscape,
    (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
}

/** The text that has this name: the other way of `nameOf`. */
export function textOf(name: string): Text {
  const codes = [...name.matchAll(escape)].map(([, hex = ""]) => parseInt(hex, 16));
  const escaped = codes.some((code) => code > 0x7f);
  const value = name.replace(escape, (whole, hex: string) => {
    const code = parseInt(hex, 16);
    const stays = escaped && (code > 0x7f || code === 0x5c);
    return stays ? whole : String.fromCharCode(code);
  });
  return escaped ? { value, escaped } : { value };
}

/**
 * The same as a policy's tables have it: bytes that are not UTF-8 as lone surrogates, U+DC80 to
 * U+DCFF (as PEP 383 has it), and everything else as it is. People may write it in capitals.
 */
export function pathOfName(name: string): string {
  return name.replace(/\\x([0-9a-f]{2})/gi, (_, hex: string) => {
    const code = parseInt(hex, 16);
    return String.fromCharCode(code < 0x80 ? code : 0xdc00 + code);
  });
}

/** The other way of `pathOfName`. */
export function nameOfPath(path: string): string {
  return path.replace(/[\x00-\x20*\\\x7f\udc80-\udcff]/gu, (letter) => {
    return `\\x${(letter.charCodeAt(0) & 0xff).toString(16).padStart(2, "0")}`;
  });
}

/** Whether this is how `nameOf` writes some text, and not another way to write the same. */
export function isName(name: string): boolean {
  return name !== "" && nameOf(textOf(name)) === name;
}
