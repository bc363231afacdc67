/** A stream's text, line by line; ends when the stream does, also when it is cut off. */
import type { Readable } from "node:stream";

export async function* linesOf(stream: Readable): AsyncGenerator<string> {
  stream.setEncoding("utf8");
  let rest = "";
  try {
    for await (const chunk of stream) {
      const parts = `${rest}${String(chunk)}`.split("\n");
      rest = parts.pop() ?? "";
      yield* parts;
    }
  } catch (error) {
    if (!isCutOff(error)) throw error;
  }
  if (rest !== "") yield rest;
}

/** The other end went away, or this one was destroyed. */
function isCutOff(error: unknown): boolean {
  if (!(error instanceof Error) || !("code" in error)) return false;
  return ["ECONNRESET", "EPIPE", "ERR_STREAM_PREMATURE_CLOSE"].includes(String(error.code));
}
