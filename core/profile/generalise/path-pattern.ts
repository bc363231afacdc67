/** Paths with wildcards, as generalisations are written: `*` (wildcard.ts), never for a `/`. */
import { fitsSegment } from "../../behaviour/wildcard.ts";

export function matchesPath(pattern: string, path: string): boolean {
  const patterns = pattern.split("/");
  const segments = path.split("/");
  return (
    patterns.length === segments.length &&
    patterns.every((each, at) => fitsSegment(each.split("*"), segments[at] ?? ""))
  );
}
