/** The files that people write here: tracked or new, neither ignored by git nor generated. */

import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";

/** Paths from the top of the repository, which has to be the working directory. */
export function sourceFiles(...patterns: string[]): string[] {
  const args = ["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate"];
  return execFileSync("git", [...args, "--", ...patterns], { encoding: "utf8" })
    .split("\0")
    .filter((file) => file !== "" && !/\.gen\.\w+$/.test(file) && existsSync(file));
}
