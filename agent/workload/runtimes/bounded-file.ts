/** Reads a file that another program owns: a regular file of bounded size, or nothing. */
import { constants } from "node:fs";
import { open, readdir } from "node:fs/promises";

const maxBytes = 4 << 20;

/** Undefined where there is none. Never opens a FIFO or device: that could block for ever. */
export async function readBounded(path: string): Promise<string | undefined> {
  try {
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
    try {
      const { size } = await file.stat();
      if (!(await file.stat()).isFile() || size > maxBytes) return undefined;
      return await file.readFile("utf8");
    } finally {
      await file.close();
    }
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Names in a directory; empty where there is none. */
export async function namesIn(path: string, limit: number): Promise<readonly string[]> {
  try {
    return (await readdir(path)).slice(0, limit);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return (
    error instanceof Error &&
    "code" in error &&
    ["ENOENT", "ENOTDIR", "ELOOP", "ENXIO"].includes(String(error.code))
  );
}
