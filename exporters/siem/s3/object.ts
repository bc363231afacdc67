/** A batch as one object: its name, which is the same whenever the batch is, and its bytes. */
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { formats, type FormatName, type Origin } from "../../formats/formats.ts";
import type { Outgoing } from "../../record.ts";
import { sha256 } from "./signature.ts";

export const files = ["ndjson", "parquet"] as const;
export type File = (typeof files)[number];

export interface S3Object {
  readonly key: string;
  readonly type: string;
  readonly body: Uint8Array;
}

const compress = promisify(gzip);

export interface Shape {
  readonly prefix: string;
  readonly file: File;
  readonly format: FormatName;
}

export async function objectOf(
  batch: readonly Outgoing[],
  { prefix, file, format }: Shape,
  origin: Origin,
): Promise<S3Object> {
  const name = nameOf(batch, prefix, origin.host);
  if (file === "parquet") {
    // Loaded by whoever uses it.
    const { parquet } = await import("./parquet.ts");
    const body = parquet(batch, format, origin);
    return { key: `${name}.parquet`, type: "application/vnd.apache.parquet", body };
  }
  const tell = formats[format];
  const lines = batch.map(({ line }) => `${JSON.stringify(tell(line, origin))}\n`);
  const body = await compress(lines.join(""));
  return { key: `${name}.ndjson.gz`, type: "application/gzip", body };
}

/** By day and hour as Hive, Athena and others look for them; of the first record. */
function nameOf(batch: readonly Outgoing[], prefix: string, host: string): string {
  const first = batch[0]?.line;
  const [day = "", clock = ""] = (first?.time ?? "").split("T");
  // Another batch may begin with the same record: the others tell them apart.
  const all = sha256(batch.map(({ line }) => line.id).join("\n")).slice(0, 12);
  const own = [host, first?.id ?? "", String(batch.length), all].map(plain).join("-");
  const folder = prefix.replaceAll(/^\/+|\/+$/g, "");
  return `${folder === "" ? "" : `${folder}/`}dt=${day}/hour=${clock.slice(0, 2)}/${own}`;
}

/** Signs that no store, tool or URL takes for anything else. */
function plain(text: string): string {
  return text.replaceAll(/[^\w.-]/g, "_").slice(0, 128);
}
