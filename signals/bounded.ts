/** Other people's text, cut to what a line of a status or a log can bear. */

/** Nearly all of it: of ten thousand alerts, that saves a tenth of a second. */
const plain = /^[!-~]+(?: [!-~]+)*$/;

/** One line of at most so many characters: no control characters, no half surrogates. */
export function line(text: string, most: number): string {
  const trimmed = text.trim();
  if (trimmed.length <= most && plain.test(trimmed)) return trimmed;
  // Cut before it is cleaned, so that a megabyte of blanks costs nothing.
  const clean = text
    .slice(0, 4 * most)
    .replace(/[\p{C}\s]+/gu, " ")
    .trim();
  if (clean.length <= most && text.length <= 4 * most) return clean;
  return `${clean.slice(0, most - 1).replace(/[\uD800-\uDBFF]$/, "")}…`;
}

const longestUrl = 2_048;

/** A link that a person may follow; anything else is left out. */
export function webAddress(text: string | undefined): string | undefined {
  if (text === undefined || text.length > longestUrl || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  if (!["http:", "https:"].includes(url.protocol)) return undefined;
  // What somebody logs in with is nobody's to read in a status.
  url.username = "";
  url.password = "";
  return url.href.length <= longestUrl ? url.href : undefined;
}
