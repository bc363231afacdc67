/** Writes what is generated from the rules: node dashboards/rules/generate.ts */
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { ruleFiles } from "./files.ts";

process.chdir(fileURLToPath(new URL("../..", import.meta.url)));
for (const [file, text] of Object.entries(ruleFiles)) writeFileSync(file, text());
