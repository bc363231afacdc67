/** Paths as a policy writes them: /a/b exactly, /a/* what lies in /a, /a/** what lies below it. */
import { refused, type Read } from "./read.ts";

/** `children` and `tree` cover the directory itself too: listing it is part of using it. */
export type Extent = "exact" | "children" | "tree";

export interface PathPattern {
  /** Absolute, without a slash at its end; "/" is the root. */
  readonly path: string;
  readonly extent: Extent;
}

export const pathSays = "an absolute path; /a/* is all in /a, /a/** all below it";
/** What a schema can say of it; `readPath` says the rest. */
export const pathPattern = /^\/[^\x00]*$/;
/** PATH_MAX and NAME_MAX of Linux, without the byte that ends a string. */
const longestPath = 4_095;
const longestName = 255;

export function readPath(text: string): Read<PathPattern> {
  if (!text.startsWith("/")) return refused(`it takes ${pathSays}`);
  const [, directory = text, wild] = /^(.*)\/(\*\*?|)$/s.exec(text) ?? [];
  const extent = wild === undefined ? "exact" : wild === "*" ? "children" : "tree";
  if (text === "/") return { value: { path: "/", extent: "exact" } };
  const path = unescaped(directory);
  if (path === undefined) {
    return refused(
      "globs are whole and last: /a/* or /a/**; write \\*, \\?, \\[, \\{ where the name has them",
    );
  }
  const names = path.split("/").slice(1);
  if (path.includes("\0")) return refused("no path holds a NUL");
  if (names.includes("") && path !== "") return refused("it has an empty part (//)");
  if (names.includes(".") || names.includes("..")) {
    return refused("the kernel has resolved . and .. before it asks; write the path without them");
  }
  if (names.some((name) => bytesOf(name) > longestName) || bytesOf(path) > longestPath) {
    return refused(`Linux ends at ${longestName} bytes a name and ${longestPath} a path`);
  }
  return { value: { path: path === "" ? "/" : path, extent } };
}

/** Undefined where a glob stands that nothing escapes. */
function unescaped(text: string): string | undefined {
  const plain = text.replaceAll(/\\[*?[\]{}\\]/g, "");
  return /[*?[\]{}\\]/.test(plain) ? undefined : text.replaceAll(/\\(.)/gs, "$1");
}

export function pathText({ path, extent }: PathPattern): string {
  const escaped = path.replaceAll(/[*?[\]{}\\]/g, "\\$&");
  if (extent === "exact") return escaped;
  return `${escaped === "/" ? "" : escaped}/${extent === "tree" ? "**" : "*"}`;
}

/**
 * Finds, for a pattern, one of these that holds all of it. Asks for each directory above, so that
 * thousands against thousands stay quick.
 */
export function holdingPath(
  patterns: readonly PathPattern[],
): (path: PathPattern) => PathPattern | undefined {
  const known = new Map(patterns.map((pattern) => [pathText(pattern), pattern]));
  const find = (path: string, extent: Extent) => known.get(pathText({ path, extent }));
  return (narrow) => {
    const { path, extent } = narrow;
    const itself = find(path, extent) ?? find(path, "tree");
    if (itself) return itself;
    const children =
      extent === "exact" ? (find(path, "children") ?? find(parentOf(path), "children")) : undefined;
    if (children || path === "/") return children;
    for (let above = parentOf(path); ; above = parentOf(above)) {
      const tree = find(above, "tree");
      if (tree || above === "/") return tree;
    }
  };
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/")) || "/";
}

/** In UTF-8. */
function bytesOf(text: string): number {
  let bytes = 0;
  for (const letter of text) {
    const code = letter.codePointAt(0) ?? 0;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x1_0000 ? 3 : 4;
  }
  return bytes;
}
