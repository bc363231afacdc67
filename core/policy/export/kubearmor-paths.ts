/**
 * Paths in a KubeArmorPolicy. KubeArmor hands them on to AppArmor without quotes, where some
 * letters are wildcards and others end the rule: a name that holds one would mean other files, or
 * more.
 */
import type { Where } from "../compile/compiled.ts";

export interface Placed {
  readonly where: Where;
  readonly isReadOnly?: true;
}

const special = /[\s\x00-\x1f\x7f"'`#,;:|&()<>*?[\]{}^\\@$%]/;
/** Of the schema of matchPaths. */
const longestPath = 200;

export function isSayable({ where }: Placed): boolean {
  const texts = where.extent === "pattern" ? where.segments.flat() : [where.path];
  if (!texts.every((text) => text.isWellFormed() && !special.test(text))) return false;
  return where.extent !== "exact" || (where.path !== "/" && where.path.length <= longestPath);
}

/** Undefined where nothing is left to say. */
export function pathSection(entries: readonly Placed[]): object | undefined {
  const sayable = entries.filter(isSayable);
  const of = (entry: Placed) => (entry.isReadOnly ? { readOnly: true } : {});
  const matchPaths = sayable.flatMap((entry) =>
    entry.where.extent === "exact" ? [{ path: entry.where.path, ...of(entry) }] : [],
  );
  const matchDirectories = sayable.flatMap((entry) => {
    if (entry.where.extent !== "children" && entry.where.extent !== "tree") return [];
    const { path, extent } = entry.where;
    const dir = path === "/" ? "/" : `${path}/`;
    return [{ dir, ...(extent === "tree" && { recursive: true }), ...of(entry) }];
  });
  const matchPatterns = sayable.flatMap((entry) => {
    if (entry.where.extent !== "pattern") return [];
    const pattern = entry.where.segments.map((parts) => parts.join("*")).join("/");
    return [{ pattern, ...of(entry) }];
  });
  const lists = { matchPaths, matchDirectories, matchPatterns };
  const filled = Object.entries(lists).filter(([, list]) => list.length > 0);
  return filled.length === 0 ? undefined : Object.fromEntries(filled);
}
