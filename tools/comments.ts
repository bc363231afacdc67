/** Breaks comment lines that are too long, as formatters do not; code is left as it is. */

export const LIMIT_COLUMNS = 100;
const TAB_COLUMNS = 8;

export function columnsOf(line: string): number {
  let at = 0;
  for (const char of line) at += char === "\t" ? TAB_COLUMNS - (at % TAB_COLUMNS) : 1;
  return at;
}

/** A line that is a comment and nothing else: what it begins with, and what it says. */
const commentLine = /^(?<lead>\s*(?:\/\/|\*)) (?<text>\S.*)$/;
const oneLineBlock = /^(?<indent>\s*)(?<open>\/\*\*?) (?<text>.*\S) \*\/$/;
/** A paragraph goes on in the next line, unless that starts something of its own. */
const startsAnew = /^(?:[-*@#|]|\d+\.|[A-Za-z]+:$)/;

/** The longest head of a text that fits, and the rest. */
function split(lead: string, text: string): [head: string, rest: string] {
  let cut = text.lastIndexOf(" ");
  while (cut > 0 && columnsOf(`${lead} ${text.slice(0, cut)}`) > LIMIT_COLUMNS) {
    cut = text.lastIndexOf(" ", cut - 1);
  }
  return cut > 0 ? [text.slice(0, cut), text.slice(cut + 1)] : [text, ""];
}

export function wrapComments(source: string): string {
  const lines = source.split("\n");
  // Lines are broken in place: what is left over goes to the next one, which is then looked at.
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? "";
    if (columnsOf(line) <= LIMIT_COLUMNS) continue;
    const block = oneLineBlock.exec(line)?.groups;
    if (block) {
      const { indent, open, text } = block;
      lines.splice(at, 1, `${indent}${open}`, `${indent} * ${text}`, `${indent} */`);
      continue;
    }
    const comment = commentLine.exec(line)?.groups;
    const { lead = "", text = "" } = comment ?? {};
    const [head, rest] = split(lead, text);
    if (rest === "") continue;
    lines[at] = `${lead} ${head}`;
    const next = commentLine.exec(lines[at + 1] ?? "")?.groups;
    if (next?.["lead"] === lead && !startsAnew.test(next["text"] ?? "")) {
      lines[at + 1] = `${lead} ${rest} ${next["text"]}`;
    } else {
      lines.splice(at + 1, 0, `${lead} ${rest}`);
    }
  }
  return lines.join("\n");
}
