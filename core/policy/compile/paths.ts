/** The tables of programs and files. */
import type { FileRules, Facets } from "../policy.ts";
import type { PathPattern } from "../values/path.ts";
import { accessMask, everyAccess, reading } from "./act.ts";
import { canonical } from "./canonical.ts";
import type { ExecEntry, FileEntry, Rule, Where } from "./compiled.ts";
import type { Need } from "./learned.ts";
import { lasting, says, type Said } from "./rules.ts";

export function execEntries(
  { allowed, denied, exceptions }: Facets["exec"],
  needs: readonly Said<Need>[],
  nowMs: number,
): ExecEntry[] {
  return [
    ...denied.map((path) => ({ rule: says("deny", "processes.deniedBinaries"), where: path })),
    ...lasting(exceptions, nowMs, "processes.exceptions").map(({ rule, match }) => ({
      rule,
      where: match,
    })),
    ...allowed.map((path) => ({ rule: says("allow", "processes.allowedBinaries"), where: path })),
    ...needs.flatMap(({ rule, need }): ExecEntry[] => {
      if (need.facet !== "exec") return [];
      const where: Where = { extent: "exact", path: need.path };
      return [{ rule, where, ...(need.script !== undefined && { script: need.script }) }];
    }),
  ];
}

export function fileEntries(
  { file, exec }: Pick<Facets, "file" | "exec">,
  needs: readonly Said<Need>[],
  nowMs: number,
): FileEntry[] {
  return merged([
    ...written(file, nowMs),
    // The kernel opens a program before it runs it, and maps it.
    ...exec.allowed.map((path) => opened(says("allow", "processes.allowedBinaries"), path)),
    ...lasting(exec.exceptions, nowMs, "processes.exceptions").map(({ rule, match }) =>
      opened(rule, match),
    ),
    ...needs.flatMap(({ rule, need }): FileEntry[] => {
      if (need.facet === "exec") {
        const files = need.script === undefined ? [need.path] : [need.path, need.script];
        return files.map((path) => opened(rule, { path, extent: "exact" }));
      }
      if (need.facet !== "file") return [];
      const where: Where =
        "pattern" in need
          ? {
              ...{ extent: "pattern", segments: need.pattern },
              ...(!need.evenGuarded && { sparesGuarded: true as const }),
            }
          : { extent: "exact", path: need.path };
      return [{ rule, where, access: accessMask(need.access) }];
    }),
  ]);
}

function written(file: FileRules, nowMs: number): FileEntry[] {
  const each = (paths: readonly PathPattern[], rule: Rule, access: number) =>
    paths.map((where): FileEntry => ({ rule, where, access }));
  return [
    ...each(file.denied, says("deny", "files.deniedPaths"), everyAccess),
    ...each(file.readOnly, says("deny", "files.readOnlyPaths"), everyAccess & ~reading),
    ...lasting(file.exceptions, nowMs, "files.exceptions").map(({ rule, match }) => ({
      rule,
      where: match,
      access: everyAccess,
    })),
    ...each(file.allowed, says("allow", "files.allowedPaths"), everyAccess),
    ...each(file.readOnly, says("allow", "files.readOnlyPaths"), reading),
  ];
}

function opened(rule: Rule, where: PathPattern): FileEntry {
  return { rule, where, access: reading };
}

/** Of one path by one rule: one entry with all its accesses. */
function merged(entries: readonly FileEntry[]): FileEntry[] {
  const byPlace = new Map<string, FileEntry>();
  for (const entry of entries) {
    const place = canonical([entry.rule, entry.where]);
    const access = entry.access | (byPlace.get(place)?.access ?? 0);
    byPlace.set(place, { ...entry, access });
  }
  return [...byPlace.values()];
}
