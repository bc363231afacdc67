/** Objects in a bucket of anything that speaks S3: a batch each, whole or not at all. */
import { choice, duration, text } from "@pahlevan/core/settings/values.ts";
import { batchKeys, batchOf, httpKeys, retryAfterMs } from "../../delivery/http.ts";
import { formats, type FormatName } from "../../formats/formats.ts";
import type { Outgoing } from "../../record.ts";
import { onOff, secretSetting, setting, url, type Values } from "../../settings.ts";
import { refuse, sent, tryAgain } from "../../sink.ts";
import type { Around, Report, Sink, SinkKind } from "../../sink.ts";
import { Bucket, saidOf } from "./bucket.ts";
import { files, objectOf } from "./object.ts";

const formatNames = Object.keys(formats).filter((name): name is FormatName => name in formats);

const keys = {
  url: setting(url("https", "http"), "", "Where S3 is. Empty: AWS' own, of the region."),
  bucket: setting(text("a name"), undefined, "The bucket. It has to be there."),
  region: setting(text("a name"), "us-east-1", "Its region; most others than AWS take any."),
  prefix: setting(text("a path"), "pahlevan", "What the names of objects begin with."),
  "path-style": setting(
    onOff,
    false,
    "Whether the bucket is named in the path, not before the host: most others than AWS want it.",
  ),
  file: setting(choice(...files), "ndjson", "NDJSON, compressed by gzip; or Parquet."),
  format: setting(choice(...formatNames), "pahlevan", "In which words records are told."),
  "access-key": secretSetting("The key's id."),
  "secret-key": secretSetting("The key itself."),
  "session-token": secretSetting("Of credentials that are lent for a while.", ""),
  ...httpKeys,
  timeout: setting(duration(100, 300_000), 60_000, "How long an upload may take."),
  ...batchKeys(50_000, 8 << 20, 300_000),
};

type Settings = Values<typeof keys>;

export const s3 = {
  type: "s3",
  says: "Records as files in a bucket, NDJSON or Parquet, by day and hour.",
  keys,
  events: ["decision", "transition", "notice", "converged", "first_seen", "instance"],
  metrics: false,
  batch: batchOf,
  make: (settings, around) => new S3(settings, around),
} satisfies SinkKind<typeof keys>;

/** The object's own fault. Any other is the configuration's, or passes: the records can wait. */
const neverTaken = new Set(["EntityTooLarge", "KeyTooLongError", "InvalidDigest", "BadDigest"]);

class S3 implements Sink {
  readonly #settings: Settings;
  readonly #around: Around;
  readonly #bucket: Bucket;

  constructor(settings: Settings, around: Around) {
    if (!/^[a-z\d][a-z\d.-]{1,61}[a-z\d]$/.test(settings.bucket))
      throw new Error(`bucket: is '${settings.bucket}', which is no bucket's name`);
    this.#settings = settings;
    this.#around = around;
    const { url: endpoint, region, bucket } = settings;
    this.#bucket = new Bucket(
      { endpoint, region, bucket, pathStyle: settings["path-style"] },
      {
        accessKey: settings["access-key"],
        secretKey: settings["secret-key"],
        sessionToken: settings["session-token"],
      },
      settings,
      around.nowMs,
    );
  }

  async send(batch: readonly Outgoing[], signal: AbortSignal): Promise<Report> {
    if (batch.length === 0) return sent(batch);
    const { key, body, type } = await objectOf(batch, this.#settings, this.#around);
    const answer = await this.#bucket.put(key, body, type, signal);
    if (answer.status === 200) return sent(batch);
    const { code, says } = saidOf(answer);
    if (answer.status === 413 || neverTaken.has(code))
      return refuse(batch, code === "" ? "status_413" : code, says);
    return tryAgain(batch, says, retryAfterMs(answer, this.#around.nowMs()));
  }

  async check(signal: AbortSignal): Promise<string> {
    const { bucket, prefix } = this.#settings;
    const looked = await this.#bucket.head(signal);
    if (looked.status === 200) return `the bucket ${bucket} is there, and ours to look into`;
    if (looked.status === 404) throw new Error(`there is no bucket ${bucket}`);
    if (looked.status !== 403) throw new Error(saidOf(looked).says);
    // A key that may only write may not look either: then only a write tells.
    const key = `${prefix.replaceAll(/^\/+|\/+$/g, "")}/pahlevan-check`.replace(/^\//, "");
    const answer = await this.#bucket.put(key, Buffer.from("check\n"), "text/plain", signal);
    if (answer.status !== 200) throw new Error(saidOf(answer).says);
    return `the bucket ${bucket} takes objects: wrote ${key}`;
  }

  close(): Promise<void> {
    this.#bucket.close();
    return Promise.resolve();
  }
}
