/** Refuses lines over 100 columns, which formatters leave in comments; `--fix` breaks them. */

import { readFileSync, writeFileSync } from "node:fs";
import { columnsOf, LIMIT_COLUMNS, wrapComments } from "./comments.ts";
import { sourceFiles } from "./source-files.ts";

const fix = process.argv.includes("--fix");
const code = ["*.ts", "*.c", "*.h", "*.cc"];
const scripts = ["*.sh", "*.yml", "Makefile", "pahlevan", ".ci/run"];

/** A digest or a link cannot be broken, and a table is a table. */
function isExempt(file: string, line: string): boolean {
  if (/_sha512|^\w+: +\w+:|https?:\/\/\S+$/.test(line)) return true;
  // What the formatter left long in TypeScript is a string or a pattern; comments are ours.
  return file.endsWith(".ts") && !/^\s*(\/\/|\/?\*)/.test(line);
}

if (fix) {
  for (const file of sourceFiles(...code)) {
    const source = readFileSync(file, "utf8");
    const wrapped = wrapComments(source);
    if (wrapped !== source) writeFileSync(file, wrapped);
  }
}

let tooLong = 0;
for (const file of sourceFiles(...code, ...scripts)) {
  readFileSync(file, "utf8")
    .split("\n")
    .forEach((line, index) => {
      const columns = columnsOf(line);
      if (columns <= LIMIT_COLUMNS || isExempt(file, line)) return;
      tooLong += 1;
      console.log(`${file}:${index + 1}: ${columns} columns, the limit is ${LIMIT_COLUMNS}`);
    });
}
process.exitCode = tooLong > 0 ? 1 : 0;
