/**
 * The process that reads policies: files on standard input, what they say on standard output, as
 * JSON, and its end. `read-apart.ts` starts it and says why.
 */
import { readFileSync } from "node:fs";
import type { PolicyFile } from "./read-content.ts";
import { readContent } from "./read-content.ts";

export interface Question {
  readonly nowMs: number;
  readonly files: readonly PolicyFile[];
}

function isQuestion(value: unknown): value is Question {
  return typeof value === "object" && value !== null && "nowMs" in value && "files" in value;
}

const asked: unknown = JSON.parse(readFileSync(0, "utf8"));
if (!isQuestion(asked)) throw new Error("it was asked nothing");
process.stdout.write(JSON.stringify(asked.files.map((file) => readContent(file, asked.nowMs))));
