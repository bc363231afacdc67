/** The recordings of real workloads (test/stack/workloads/record.ts writes them). */
import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { read, type Recording } from "./recording.ts";

export function corpus(): Recording[] {
  return readdirSync(import.meta.dirname)
    .filter((name) => name.endsWith(".txt"))
    .toSorted()
    .map((name) =>
      read(basename(name, ".txt"), readFileSync(join(import.meta.dirname, name), "utf8")),
    );
}
