/** Paths as files may really be called, of which every byte but NUL and the slash may be part. */
import fc from "fast-check";
import { oddNames } from "./policies.ts";

const plain = Array.from("ab.*?[]{}^\",\\#@$ \t\n\r%;:-!|&<>()~`=+'");
const letters = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...plain) },
  {
    weight: 1,
    arbitrary: fc.integer({ min: 1, max: 0x1f }).map((code) => String.fromCharCode(code)),
  },
  // Bytes that are not UTF-8, as tables have them; such as make none together either.
  { weight: 1, arbitrary: fc.constantFrom("\udc80", "\udcfe", "\udcff") },
  // One whose second half looks like such a byte.
  { weight: 1, arbitrary: fc.constantFrom("é", "日", "💀", "\u2028", "\ufffd", "\u{10ffff}") },
);

const name = fc
  .oneof(
    {
      weight: 3,
      arbitrary: fc.array(letters, { minLength: 1, maxLength: 8 }).map((all) => all.join("")),
    },
    { weight: 1, arbitrary: fc.constantFrom(...oddNames.map((odd) => odd.replaceAll("/", ""))) },
  )
  .filter((text) => text !== "." && text !== "..");

export const oddPath = fc
  .array(name, { minLength: 1, maxLength: 3 })
  .map((names) => `/${names.join("/")}`);

/** As the kernel has it. */
export function bytesOfPath(path: string): Uint8Array {
  return Buffer.concat(
    Array.from(path, (letter) => {
      const code = letter.codePointAt(0) ?? 0;
      const isByte = code >= 0xdc80 && code <= 0xdcff;
      return isByte ? Buffer.from([code & 0xff]) : Buffer.from(letter);
    }),
  );
}

/** YAML and JSON have no bytes that are not UTF-8: such paths are learned, never written. */
export const writtenPath = oddPath.filter((path) => path.isWellFormed());
