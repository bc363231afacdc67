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

/** Whether this is how `nameOf` writes some text, and not another way to write the same. */
export function isName(name: string): boolean {
  return name !== "" && nameOf(textOf(name)) === name;
}
