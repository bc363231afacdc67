/**
 * Reads a policy file: a regular one of bounded size. What else a folder has cannot stop the agent.
 */
import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";

const maxBytes = 4 << 20;

/** Undefined where there is none. Follows links: a mounted ConfigMap is made of them. */
export function readPolicyFile(path: string): string | undefined {
  const file = opened(path);
  if (file === undefined) return undefined;
  try {
    const { size } = expectFile(file);
    if (size > maxBytes)
      throw new Error(`has ${size} bytes; a policy file has ${maxBytes} at most`);
    return readFileSync(file, "utf8");
  } finally {
    closeSync(file);
  }
}

/** Never waits, as to open a FIFO would. */
function opened(path: string): number | undefined {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

function expectFile(file: number) {
  const stats = fstatSync(file);
  if (!stats.isFile()) throw new Error("is no file that policies could be read from");
  return stats;
}
