/** What somebody wrote, as an error may show it: short, on one line, harmless to a terminal. */

const longest = 80;

export function shown(value: unknown): string {
  switch (typeof value) {
    case "string":
      return `'${tamed(value)}'`;
    case "number":
    case "boolean":
      return String(value);
    case "object":
      if (value === null) return "empty";
      return Array.isArray(value) ? "a list" : "a map";
    default:
      return `a ${typeof value}`;
  }
}

/** Cut, and with control characters, direction marks and line ends escaped. */
export function tamed(text: string): string {
  const cut = text.length > longest ? `${text.slice(0, longest)}…` : text;
  return cut.replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, (letter) => {
    return `\\u${(letter.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`;
  });
}

/** spec.webhooks[0].url, metadata.labels["app.kubernetes.io/name"] */
export function pathShown(path: readonly PropertyKey[]): string {
  let text = "";
  for (const part of path) {
    if (typeof part === "number") text += `[${part}]`;
    else if (/^[A-Za-z_][\w-]{0,63}$/.test(String(part))) text += `${text && "."}${String(part)}`;
    else text += `["${tamed(String(part))}"]`;
  }
  return text;
}
