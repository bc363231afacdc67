/** The sink `webhook`: records as they are, to any address, signed. */
import { createHash } from "node:crypto";
import { choice, duration, bytes, count } from "@pahlevan/core/settings/values.ts";
import { httpKeys, HttpPeer, reportOf } from "../../delivery/http.ts";
import type { Outgoing } from "../../record.ts";
import { secretSetting, setting, url, type Values } from "../../settings.ts";
import {
  together,
  tryAgain,
  type Around,
  type Report,
  type Sink,
  type SinkKind,
} from "../../sink.ts";
import { bodyOf, formats } from "./body.ts";
import { signedHeaders, signingKeys } from "./signature.ts";

const keys = {
  url: setting(url("https", "http"), undefined, "Where each record is posted."),
  secret: secretSetting(
    "The key that signs: whsec_ and base64; or two, while one is replaced.",
    "",
  ),
  authorization: secretSetting("What the header Authorization says: 'Bearer …'.", ""),
  format: setting(choice(...formats), "cloudevents", "What the body is."),
  "batch-records": setting(count(1, 1_000), 1, "Records of a request, at most."),
  "batch-bytes": setting(bytes(1_024, 1 << 20), 1 << 18, "Bytes of a request's records, at most."),
  "batch-wait": setting(duration(0, 3_600_000), 0, "How long a record waits for others."),
  ...httpKeys,
};

export const webhook = {
  type: "webhook",
  says: "Each record as a CloudEvent to an address of yours, signed as Standard Webhooks are.",
  keys,
  events: ["decision", "transition", "notice", "converged"],
  metrics: false,
  batch: (settings) => ({
    records: settings["batch-records"],
    bytes: settings["batch-bytes"],
    waitMs: settings["batch-wait"],
  }),
  make(settings, around) {
    if (settings.url === "") throw new Error("url is empty");
    return new Webhook(settings, around);
  },
} satisfies SinkKind<typeof keys>;

class Webhook implements Sink {
  readonly #settings: Values<typeof keys>;
  readonly #around: Around;
  readonly #peer: HttpPeer;
  readonly #keys: readonly Buffer[];

  constructor(settings: Values<typeof keys>, around: Around) {
    this.#settings = settings;
    this.#around = around;
    this.#keys = signingKeys(settings.secret);
    this.#peer = new HttpPeer(settings);
  }

  /** One request for each part, in their order, until one has to be tried again. */
  async send(batch: readonly Outgoing[], signal: AbortSignal): Promise<Report> {
    let report: Report = { sent: 0, again: [], refused: {} };
    const most = this.#settings["batch-records"];
    for (let at = 0; at < batch.length; at += most) {
      const part = await this.#post(batch.slice(at, at + most), signal);
      report = together(report, part);
      const rest = batch.slice(at + most);
      if (part.again.length > 0) return { ...report, again: [...part.again, ...rest] };
    }
    return report;
  }

  /** A question that changes nothing; any answer but "not here", "not you" and trouble will do. */
  async check(signal: AbortSignal): Promise<string> {
    const { url } = this.#settings;
    const headers = this.#authorization();
    const { status } = await this.#peer.ask({ url, method: "OPTIONS", headers, signal });
    if (status === 401 || status === 403 || status === 404 || status >= 500)
      throw new Error(`it answers ${status} to OPTIONS`);
    return `it answers ${status} to OPTIONS; nothing was posted`;
  }

  async close(): Promise<void> {
    this.#peer.close();
  }

  async #post(part: readonly Outgoing[], signal: AbortSignal): Promise<Report> {
    const { url, format } = this.#settings;
    const lines = part.map(({ line }) => line);
    const { contentType, text } = bodyOf(lines, format, this.#around);
    const nowMs = this.#around.nowMs();
    const headers = {
      "content-type": contentType,
      ...this.#authorization(),
      ...signedHeaders(this.#keys, messageId(lines), nowMs, text),
    };
    try {
      const answer = await this.#peer.ask({ url, headers, body: text, signal });
      return reportOf(answer, part, this.#around.nowMs());
    } catch (error) {
      return tryAgain(part, error instanceof Error ? error.message : String(error));
    }
  }

  #authorization(): Readonly<Record<string, string>> {
    const { authorization } = this.#settings;
    return authorization === "" ? {} : { authorization };
  }
}

/** A record's own id; of several, a mark of all. A full stop would end it in what is signed. */
function messageId(lines: readonly { readonly id: string }[]): string {
  const [only, ...others] = lines;
  if (only && others.length === 0 && /^[\w:-]{1,128}$/.test(only.id)) return only.id;
  const ids = JSON.stringify(lines.map(({ id }) => id));
  return `msg_${createHash("sha256").update(ids).digest("hex").slice(0, 32)}`;
}
