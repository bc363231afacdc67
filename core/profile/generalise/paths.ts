/**
 * Paths to patterns: by structure (names with ids, dates, hashes, numbers or made-up letters in the
 * same places) and by fan-out (more names in a directory than anyone lists).
 */
import type { FileAccess } from "../../behaviour/behaviour.ts";
import { shapeOf, type ShapeKind } from "../segment-shape.ts";
import { order } from "../stamps.ts";
import { classOf } from "./directory-class.ts";
import type { GeneraliseSettings, PathGroup } from "./group.ts";
import { guardOf } from "./guard.ts";

/** Two names alike may be chance. */
const structureNeeded = 3;

/** What is run, and what decides what is run or owned, stays by its name. */
const neverGeneral: ReadonlySet<FileAccess> = new Set(["exec", "mknod", "link_from"]);

export interface AccessedPath {
  readonly access: FileAccess;
  readonly path: string;
}

/** Paths, or patterns already made of some, that are the same length and access. */
interface Item {
  readonly segments: readonly string[];
  readonly members: readonly string[];
  readonly needed: number;
  readonly why?: string;
}

export function generalisePaths(
  accessed: readonly AccessedPath[],
  settings: GeneraliseSettings,
): PathGroup[] {
  const groups: PathGroup[] = [];
  for (const [access, files] of Map.groupBy(accessed, (each) => each.access)) {
    if (neverGeneral.has(access)) continue;
    // Guarded paths are in no pattern, so no pattern's directory is a guarded one.
    const paths = files
      .map(({ path }) => path)
      .filter((path) => guardOf(path, settings.allowed) === undefined);
    const refused = (segments: readonly string[]) => settings.refused.has(textOf(access, segments));
    let items = byStructure(paths, refused);
    // From the leaves up: /cache/a/1 … /cache/z/9 is first /cache/a/*, then /cache/*/*.
    const deepest = items.reduce((most, { segments }) => Math.max(most, segments.length), 0);
    for (let fromLeaf = 0; fromLeaf < deepest; fromLeaf++)
      items = byFanOut(items, fromLeaf, refused);
    for (const { segments, members, needed, why } of items) {
      if (why === undefined) continue;
      groups.push({
        of: "path",
        access,
        pattern: pathOf(segments),
        text: textOf(access, segments),
        members: members.map((path) => `file ${access} ${path}`).sort(order),
        needed,
        why,
      });
    }
  }
  return groups;
}

type Refused = (segments: readonly string[]) => boolean;

function byStructure(paths: readonly string[], refused: Refused): Item[] {
  const kinds = new Map<string, Set<ShapeKind>>();
  const shaped = Map.groupBy(paths, (path) => {
    const found = new Set<ShapeKind>();
    const key = shapedPath(path, found);
    if (!kinds.has(key)) kinds.set(key, found);
    return key;
  });
  return [...shaped].flatMap(([key, members]): Item[] => {
    const segments = key
      .slice(1)
      .split("/")
      .map((segment, at) => varying(segment, at, members));
    const isMade = segments.some((segment) => segment.includes("*"));
    if (!isMade || members.length < structureNeeded || refused(segments)) return alone(members);
    const made = [...(kinds.get(key) ?? [])].join(", ");
    const why = `${members.length} names differ only in a ${made}`;
    return [{ segments, members, needed: structureNeeded, why }];
  });
}

function alone(paths: readonly string[]): Item[] {
  return paths.map((path) => ({ segments: path.slice(1).split("/"), members: [path], needed: 1 }));
}

/** The path with `*` in the place of what is made up, where wildcards may be. */
function shapedPath(path: string, found: Set<ShapeKind>): string {
  let shaped = "";
  for (const segment of path.slice(1).split("/")) {
    const shape = classOf(shaped) === undefined ? undefined : shapeOf(segment);
    for (const kind of shape?.kinds ?? []) found.add(kind);
    shaped += `/${shape?.pattern ?? segment}`;
  }
  return shaped;
}

/** A place that could vary and does not stays what it is. */
function varying(pattern: string, at: number, members: readonly string[]): string {
  if (!pattern.includes("*")) return pattern;
  const values = new Set(members.map((path) => path.slice(1).split("/")[at] ?? ""));
  const [only] = values;
  return values.size === 1 && only !== undefined ? only : pattern;
}

/** No name has it (name.ts). */
const hole = "\0";

function byFanOut(items: readonly Item[], fromLeaf: number, refused: Refused): Item[] {
  const place = ({ segments }: Item) => segments.length - 1 - fromLeaf;
  const groups = Map.groupBy(items, (item) => {
    const name = item.segments[place(item)];
    // Too short for it, or hidden: by itself.
    if (name === undefined || name.startsWith(".")) return `${hole}${pathOf(item.segments)}`;
    return pathOf(item.segments.with(place(item), hole));
  });
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined || group.length === 1) return group;
    const at = place(first);
    const directory = at === 0 ? "" : pathOf(first.segments.slice(0, at));
    const fit = classOf(directory);
    const names = group.map(({ segments }) => segments[at] ?? "");
    if (fit === undefined || names.length < fit.needed) return group;
    const segments = first.segments.with(at, fromLeaf === 0 ? wildcardFor(names) : "*");
    if (refused(segments)) return group;
    const why = `${directory} holds ${fit.is}, and ${names.length} names of it were used`;
    return [
      { segments, members: group.flatMap(({ members }) => members), needed: fit.needed, why },
    ];
  });
}

/** The ending that all of them have says what they are. */
function wildcardFor(names: readonly string[]): string {
  const endings = new Set(names.map((name) => /\.[A-Za-z][A-Za-z0-9]*$/.exec(name)?.[0] ?? ""));
  const [ending = ""] = endings;
  return endings.size === 1 ? `*${ending}` : "*";
}

function pathOf(segments: readonly string[]): string {
  return `/${segments.join("/")}`;
}

function textOf(access: FileAccess, segments: readonly string[]): string {
  return `file ${access} ${pathOf(segments)}`;
}
