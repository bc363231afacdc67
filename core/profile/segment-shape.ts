/**
 * What of a file's or directory's name is made up anew each time: ids, dates, hashes, numbers and
 * the letters of temporary names.
 */

export type ShapeKind = "uuid" | "date" | "number" | "hash" | "random";

export interface Shape {
  /**
   * The name with `*` for what is made up: "base-*.log". From the first made-up part to the last,
   * since a kernel's tables look up what is before one wildcard and what is behind it.
   */
  readonly pattern: string;
  readonly kinds: readonly ShapeKind[];
}

const uuid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi;
/** 2026-11-21, 20261121, each perhaps with a time behind it. */
const date =
  /(?<!\d)(?:19|20)\d\d([-_.]?)(?:0[1-9]|1[0-2])\1(?:0[1-9]|[12]\d|3[01])(?:[-_.T:]?[0-2]\d[-:.]?[0-5]\d(?:[-:.]?[0-5]\d)?Z?)?(?!\d)/g;
/** What stands for a part already replaced; no name has it (name.ts escapes it). */
const mark = "\0";
const marked = new RegExp(mark, "g");
const word = /[A-Za-z0-9]+/g;

/** Undefined where nothing in it is made up. */
export function shapeOf(segment: string): Shape | undefined {
  if (!mayBeMade.test(segment)) return undefined;
  const kinds = new Set<ShapeKind>();
  const replaced = (kind: ShapeKind) => () => {
    kinds.add(kind);
    return mark;
  };
  // Escaped bytes (\x20) are letters of the name: kept out of the words around them.
  const pattern = segment
    .split(/(\\x[0-9a-f]{2})/)
    .map((part, index) =>
      index % 2 === 1
        ? part
        : part
            .replace(uuid, replaced("uuid"))
            .replace(date, replaced("date"))
            .replace(word, (whole) => wordShape(whole, kinds)),
    )
    .join("")
    .replace(marked, "*")
    .replace(/\*.*\*/, "*");
  return kinds.size === 0 ? undefined : { pattern, kinds: [...kinds] };
}

/** Every made-up part has a digit or changes case within a word: cheap to ask first. */
const mayBeMade = /\d|[a-z][A-Z]|[A-Z]{2}[a-z]/;

function wordShape(whole: string, kinds: Set<ShapeKind>): string {
  const [, letters = "", digits] = /^([A-Za-z]*?)(\d+)$/.exec(whole) ?? [];
  if (isHash(whole)) {
    kinds.add("hash");
    return mark;
  }
  if (digits !== undefined) {
    kinds.add("number");
    return `${letters}${mark}`;
  }
  if (!isRandom(whole)) return whole;
  kinds.add("random");
  // mkstemp and its like put the made-up letters behind a word of their own.
  const [, prefix = ""] = /^(tmp|temp)/i.exec(whole) ?? [];
  return `${prefix}${mark}`;
}

function isHash(whole: string): boolean {
  if (whole.length < 8 || !/^(?:[0-9a-f]+|[0-9A-F]+)$/.test(whole)) return false;
  return whole.length >= 16 || (/\d/.test(whole) && /[a-f]/i.test(whole));
}

/** Six letters and more in which digits stand between letters, or capitals where none belongs. */
function isRandom(whole: string): boolean {
  if (whole.length < 6) return false;
  if (/[A-Za-z]\d+[A-Za-z]/.test(whole) || /^\d+[A-Za-z]+\d*$/.test(whole)) return true;
  return (whole.match(/[a-z][A-Z]/g)?.length ?? 0) >= 2 && /[A-Z]{2}|[a-z][A-Z]$/.test(whole);
}
