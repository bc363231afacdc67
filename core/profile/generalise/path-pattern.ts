/**
 * Paths with wildcards. `*` stands for at least one letter of one segment, never for a `/`, and not
 * for a dot at a name's beginning: what is hidden is named or not meant.
 */

export function matchesPath(pattern: string, path: string): boolean {
  const patterns = pattern.split("/");
  const segments = path.split("/");
  return (
    patterns.length === segments.length &&
    patterns.every((each, at) => matchesSegment(each, segments[at] ?? ""))
  );
}

/** Without backtracking beyond the last `*`: time is bounded whatever both are. */
function matchesSegment(pattern: string, segment: string): boolean {
  if (!pattern.includes("*")) return pattern === segment;
  const [head = "", ...rest] = pattern.split("*");
  const tail = rest.pop() ?? "";
  if (head === "" && segment.startsWith(".")) return false;
  if (!segment.startsWith(head)) return false;
  // Each `*` takes at least one letter, so what follows is looked for one letter further.
  let at = head.length + 1;
  for (const literal of rest) {
    const found = segment.indexOf(literal, at);
    if (found === -1) return false;
    at = found + literal.length + 1;
  }
  return segment.length - tail.length >= at && segment.endsWith(tail);
}
