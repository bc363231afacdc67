/** What it costs to send everything elsewhere. */
import type { Row } from "../row.ts";
import { away } from "./away.ts";
import { hotPath } from "./hot-path.ts";
import { perSink } from "./sinks.ts";

export async function run(): Promise<readonly Row[]> {
  return [...(await hotPath()), ...(await perSink()), ...(await away())];
}
