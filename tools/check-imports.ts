/** Reads every import of the repository and prints those that point the wrong way. */

import { readFileSync } from "node:fs";
import { importsOf } from "./imports.ts";
import { refusal } from "./import-rules.ts";
import { sourceFiles } from "./source-files.ts";

let refused = 0;
for (const file of sourceFiles("*.ts", "*.tsx")) {
  for (const { specifier, line } of importsOf(readFileSync(file, "utf8"))) {
    const reason = refusal(file, specifier);
    if (reason === undefined) continue;
    refused += 1;
    console.log(`${file}:${line}: import of '${specifier}': ${reason}`);
  }
}
process.exitCode = refused > 0 ? 1 : 0;
