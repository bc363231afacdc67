/** Where no wildcard may be or reach, unless a person allows it. */
import { guardedBecause } from "../../behaviour/guarded.ts";

/**
 * Why the path is guarded; undefined where it is not. `allowed`: directories in which a person has
 * allowed wildcards.
 */
export function guardOf(path: string, allowed: readonly string[] = []): string | undefined {
  if (!path.startsWith("/")) return "it does not begin at the root";
  const why = guardedBecause(path);
  if (why === undefined) return undefined;
  // No permission reaches through "..".
  if (path.split("/").includes("..")) return why;
  return isAllowed(path, allowed) ? undefined : why;
}

/**
 * Whether all that begins with these letters is in a directory where a person allowed wildcards.
 */
export function isAllowed(letters: string, allowed: readonly string[]): boolean {
  return allowed.some((directory) => letters.startsWith(`${directory}/`));
}
