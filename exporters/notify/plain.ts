/** Text that others chose, made fit to be shown: nothing hidden, and no longer than wanted. */

/** Control characters, what turns the direction of writing, what has no width, and separators. */
const hidden = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}]/gu;

/** One line in which everything can be seen. */
export function plain(text: string, most = 300): string {
  // Names may be as long as the kernel lets them: what is cut away need not be read.
  const seen = text
    .slice(0, most + 1)
    .toWellFormed()
    .replaceAll(hidden, (char) =>
      char === "\n" || char === "\t" ? " " : `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`,
    );
  return clip(seen, most);
}

/** In UTF-16 units, as most peers count. */
export function clip(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`.toWellFormed();
}

/** Lines, as many whole ones as fit. */
export function clipLines(lines: readonly string[], most: number): string {
  let text = "";
  for (const [at, line] of lines.entries()) {
    const more = `…and ${lines.length - at} more lines`;
    const next = text === "" ? line : `${text}\n${line}`;
    if (next.length > most) return clip(text === "" ? line : text, most);
    if (at < lines.length - 1 && next.length + 1 + more.length > most)
      return clip(`${next}\n${more}`, most);
    text = next;
  }
  return text;
}

/** An address that may be a link, or none. */
export function webLink(text: string | undefined, most: number): string | undefined {
  if (text === undefined || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  if (url.protocol !== "https:" && url.protocol !== "http:") return undefined;
  // What ends a link in Slack's or in Markdown's words has no meaning in an address.
  const rest = `${url.pathname}${url.search}${url.hash}`.replaceAll(
    /[|<>()[\]"'`\\]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  // Without a name and a password that may stand before the host.
  const href = `${url.origin}${rest}`;
  return href.length > most ? undefined : href;
}
