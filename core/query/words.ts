/** A question's text, taken apart into words, texts and signs, each with where it stands. */

export type Word =
  | { readonly kind: "word"; readonly text: string; readonly path: readonly string[] }
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "sign"; readonly text: string }
  | { readonly kind: "end"; readonly text: "" };

export type Placed = Word & { readonly at: number; readonly length: number };

export interface Problem {
  readonly says: string;
  readonly at: number;
  readonly length: number;
}

export const longestText = 4_096;

const signs = /==|!=|!~|<=|>=|[=~<>(),]/y;
/** Also what paths, addresses and patterns are made of, so that these need no quotes. */
const bare = /[^\s()=!~<>,"'&|]+/y;
const blanks = /\s*/y;
const escapes: Readonly<Record<string, string>> = { n: "\n", t: "\t" };
const insteadOf: Readonly<Record<string, string>> = { "&": "and", "|": "or", "!": "not" };

export function wordsOf(text: string): { words: readonly Placed[] } | { problem: Problem } {
  if (text.length > longestText)
    return problem(`it is longer than ${longestText} letters`, longestText, 1);
  const unfit = /\0|\p{Cs}/u.exec(text);
  if (unfit) return problem("no record has this letter (docs/forensics.md)", unfit.index, 1);
  const words: Placed[] = [];
  for (let at = skip(text, 0); at < text.length; at = skip(text, at)) {
    const read = wordAt(text, at);
    if ("problem" in read) return read;
    words.push(read);
    at += read.length;
  }
  words.push({ kind: "end", text: "", at: text.length, length: 1 });
  return { words };
}

function wordAt(text: string, at: number): Placed | { problem: Problem } {
  const sign = match(signs, text, at);
  if (sign !== "") return { kind: "sign", text: sign, at, length: sign.length };
  const letter = text[at] ?? "";
  if (letter === '"' || letter === "'") {
    const quoted = quotedAt(text, at);
    if ("problem" in quoted) return quoted;
    return { kind: "text", text: quoted.value, at, length: quoted.length };
  }
  const word = match(bare, text, at);
  if (word !== "") return pathAt(text, at, word);
  const instead = insteadOf[letter];
  return problem(`write '${instead}'`, at, text[at + 1] === letter ? 2 : 1);
}

/** A part of a path may be quoted: attributes."pahlevan.loop.step" */
function pathAt(text: string, at: number, word: string): Placed | { problem: Problem } {
  const next = at + word.length;
  if (!word.endsWith(".") || text[next] !== '"')
    return { kind: "word", text: word, path: word.split("."), at, length: word.length };
  const quoted = quotedAt(text, next);
  if ("problem" in quoted) return quoted;
  // Databases write a path as a text of their own, in which these mean something.
  if (/["\\\p{Cc}]/u.test(quoted.value) || /^-?\d+$/.test(quoted.value))
    return problem("no field has such a name", next, quoted.length);
  const path = [...word.slice(0, -1).split("."), quoted.value];
  const length = word.length + quoted.length;
  return { kind: "word", text: text.slice(at, at + length), path, at, length };
}

function quotedAt(
  text: string,
  at: number,
): { value: string; length: number } | { problem: Problem } {
  const quote = text[at];
  let value = "";
  for (let next = at + 1; next < text.length; next++) {
    const letter = text[next] ?? "";
    if (letter === quote) return { value, length: next + 1 - at };
    if (letter !== "\\") {
      value += letter;
      continue;
    }
    const escaped = text[++next] ?? "";
    const meant = /["'\\]/.test(escaped) ? escaped : escapes[escaped];
    if (meant === undefined)
      return problem("after a backslash stands a quote, a backslash, n or t", next - 1, 2);
    value += meant;
  }
  return problem("this quote has no end", at, 1);
}

function skip(text: string, at: number): number {
  return at + match(blanks, text, at).length;
}

function match(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? "";
}

export function problem(says: string, at: number, length: number): { problem: Problem } {
  return { problem: { says, at, length } };
}

/** The question, and below it a caret at the place. */
export function problemText(text: string, { says, at, length }: Problem): string {
  const line = text.replaceAll(/\s/g, " ");
  const from = Math.max(0, at - 60);
  const shown = `${from > 0 ? "…" : ""}${line.slice(from, at + 60)}`;
  const carets = "^".repeat(Math.max(1, Math.min(length, 60)));
  return `${says}\n  ${shown}\n  ${" ".repeat(at - from + (from > 0 ? 1 : 0))}${carets}`;
}
