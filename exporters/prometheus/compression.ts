/** The body of an answer, compressed for who asks for that. */
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { accepts } from "./negotiation.ts";

/** A megabyte of series takes 5 ms of another thread's time; the best level takes 15 for little. */
const level = 1;
const compress = promisify(gzip);

export interface Encoded {
  readonly body: string | Buffer;
  readonly encoding?: "gzip";
}

export async function encoded(body: string, acceptEncoding: string | undefined): Promise<Encoded> {
  if (!accepts("gzip", acceptEncoding)) return { body };
  return { body: await compress(body, { level }), encoding: "gzip" };
}
