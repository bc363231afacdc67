/**
 * Wildcards in one segment of a path: each stands for at least one letter; at its beginning not for
 * a dot, because what is hidden is named or not meant.
 */

/**
 * `parts` are the letters between the wildcards: ["log-", ".txt"] for `log-*.txt`, one where there
 * is none. Without backtracking beyond the last wildcard: time is bounded whatever both are.
 */
export function fitsSegment(parts: readonly string[], segment: string): boolean {
  const [head = "", ...rest] = parts;
  const tail = rest.pop();
  if (tail === undefined) return head === segment;
  if (!segment.startsWith(head) || (head === "" && segment.startsWith("."))) return false;
  // Each wildcard takes at least one letter, so what follows is looked for one letter further.
  let at = head.length + 1;
  for (const part of rest) {
    const found = segment.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length + 1;
  }
  return segment.length - tail.length >= at && segment.endsWith(tail);
}
