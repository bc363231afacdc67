/** What a command is told to read: files, folders of them, or standard input. */
import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { documentsIn, type Documents } from "../../policies/documents.ts";
import { filesIn } from "../../policies/folder.ts";
import { UsageError } from "../exit.ts";

export async function readFiles(names: readonly string[], command: string): Promise<Documents> {
  if (names.length === 0) throw new UsageError(`${command}: which files? - is standard input`);
  const files = names.flatMap((name) => (name === "-" ? [name] : filesIn(name)));
  const read = await Promise.all(
    files.map(async (file) => documentsIn(file, await contentsOf(file))),
  );
  return {
    found: read.flatMap(({ found }) => found),
    errors: read.flatMap(({ errors }) => errors),
  };
}

async function contentsOf(file: string): Promise<string> {
  if (file === "-") return text(process.stdin);
  return readFile(file, "utf8").catch((error: unknown) => {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  });
}
