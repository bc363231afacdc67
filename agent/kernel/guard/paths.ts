/** Programs and files: entries of paths as keys, and what of paths stands in the header. */
import { fileAccesses } from "@pahlevan/core/policy/compile/act.ts";
import type {
  ExecEntry,
  FileEntry,
  Segments,
  Where,
} from "@pahlevan/core/policy/compile/compiled.ts";
import { facetValues, limitValues, rule_kindValues, useValues } from "../layout.gen.ts";
import { namesOf, type PathIds } from "./path-id.ts";
import type { Remarks } from "./remarks.ts";
import type { RuleTable } from "./rule-table.ts";
import { shapeOf, shapeText, type Shape } from "./shapes.ts";

/** What the header says of one list of paths: where a lookup is worth it. */
export interface PathsHeader {
  /** Bit n: of n names; 63: or more. */
  readonly treeDepths: bigint;
  readonly childDepths: bigint;
  readonly shapes: readonly Shape[];
}

/** To be taken out when judge_exec() asks for RULE_KIND_SCRIPT. */
const eachAlone = "a script and its interpreter are judged each alone, and both have to be allowed";

type PathEntry = ExecEntry | FileEntry;
interface Pattern {
  readonly entry: PathEntry;
  readonly names: Segments;
  readonly shape: Shape;
}

export class PathLowering {
  readonly #facet: "exec" | "file";
  readonly #ids: PathIds;
  readonly #table: RuleTable;
  readonly #remarks: Remarks;
  readonly #patterns: Pattern[] = [];
  #treeDepths = 0n;
  #childDepths = 0n;

  constructor(facet: "exec" | "file", ids: PathIds, table: RuleTable, remarks: Remarks) {
    this.#facet = facet;
    this.#ids = ids;
    this.#table = table;
    this.#remarks = remarks;
  }

  lower(entries: readonly PathEntry[]): PathsHeader {
    for (const entry of entries) {
      const where = simplest(entry.where);
      const script = "script" in entry ? entry.script : undefined;
      if (script !== undefined) this.#pair(entry, where, script);
      else if (where.extent === "pattern") this.#keepPattern(entry, where.segments);
      else this.#path(entry, where);
    }
    const shapes = this.#shapes();
    return { treeDepths: this.#treeDepths, childDepths: this.#childDepths, shapes };
  }

  #path(entry: PathEntry, { extent, path }: Exclude<Where, { readonly extent: "pattern" }>): void {
    if (!this.#canBeAsked(entry, path)) return;
    const id = this.#ids.ofPath(path);
    const { exact, tree, children } = rule_kindValues;
    if (extent === "tree") {
      this.#add(entry, id, tree);
      this.#treeDepths |= depthBit(path);
      return;
    }
    this.#add(entry, id, exact);
    if (extent === "exact") return;
    this.#add(entry, id, children);
    this.#childDepths |= depthBit(path);
  }

  /**
   * The script by itself is marked as one of a pair: it may begin, and whether its interpreter may
   * run it is then asked.
   */
  #pair(entry: PathEntry, interpreter: Where, script: string): void {
    if (interpreter.extent !== "exact")
      return this.#remarks.leftOut(this.#facet, "scripts are asked for with one program", entry);
    if (!this.#canBeAsked(entry, interpreter.path) || !this.#canBeAsked(entry, script)) return;
    this.#remarks.widened(this.#facet, eachAlone, entry);
    const kind = rule_kindValues.script;
    this.#add(entry, this.#ids.ofPath(script), kind);
    this.#add(entry, this.#ids.ofPair(interpreter.path, script), kind);
  }

  #canBeAsked(entry: PathEntry, path: string): boolean {
    const why = !path.startsWith("/")
      ? "what has no name in any directory is granted nothing"
      : /^\/proc\/thread-self(?:\/|$)/.test(path)
        ? "the kernel sees a thread's own files as /proc/self/task/NUMBER"
        : undefined;
    if (why !== undefined) this.#remarks.leftOut(this.#facet, why, entry);
    return why === undefined;
  }

  #keepPattern(entry: PathEntry, [root, ...names]: Segments): void {
    const shape =
      root?.join("*") === "" && root.length === 1
        ? shapeOf(names)
        : { why: "a path begins at the root" };
    if ("why" in shape) this.#remarks.leftOut(this.#facet, shape.why, entry);
    else this.#patterns.push({ entry, names, shape });
  }

  /** Where there are too many, those of the most patterns stay. */
  #shapes(): readonly Shape[] {
    const groups = Map.groupBy(this.#patterns, ({ shape }) => shapeText(shape));
    const ranked = [...groups].toSorted(
      ([a, some], [b, others]) => others.length - some.length || (a < b ? -1 : 1),
    );
    const kept = ranked.slice(0, limitValues.shapes);
    for (const [, patterns] of ranked.slice(limitValues.shapes))
      for (const { entry } of patterns)
        this.#remarks.leftOut(this.#facet, `the kernel takes ${limitValues.shapes} shapes`, entry);
    return kept.flatMap(([, patterns], index) => {
      for (const { entry, names } of patterns)
        this.#add(entry, this.#ids.ofNames(names), rule_kindValues.shape + index);
      return patterns[0]?.shape ?? [];
    });
  }

  #add(entry: PathEntry, id: Uint8Array, kind: number): void {
    const key = { id, kind, facet: facetValues[this.#facet] };
    this.#table.add(key, entry.rule, "access" in entry ? usesOf(entry.access) : useValues.exec);
  }
}

/** Without wildcards a pattern is a path. */
function simplest(where: Where): Where {
  if (where.extent !== "pattern" || where.segments.some((parts) => parts.length > 1)) return where;
  return { extent: "exact", path: where.segments.map(([part = ""]) => part).join("/") || "/" };
}

function usesOf(access: number): number {
  return fileAccesses.reduce(
    (uses, name, bit) => uses | (access & (1 << bit) ? useValues[name] : 0),
    0,
  );
}

function depthBit(path: string): bigint {
  return 1n << BigInt(Math.min(namesOf(path).length, 63));
}
