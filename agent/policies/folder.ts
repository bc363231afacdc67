/** Which files a folder of policies has. */
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";

/** The files of a folder that may hold policies, in order; a file stands for itself. */
export function filesIn(path: string): string[] {
  if (!isFolder(path)) return [path];
  const inside = readdirSync(path).filter((each) => /^[^.].*\.(ya?ml|json)$/.test(each));
  return inside.toSorted().map((each) => join(path, each));
}

export function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
