/**
 * One request to a peer, whatever it takes: TLS by the sink's own files, gzip, a patience, and what
 * its answer means for a batch. Node's own client: fetch takes neither a CA nor a socket's path.
 */
import { readFileSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { bytes, count, duration, text } from "@pahlevan/core/settings/values.ts";
import type { Outgoing } from "../record.ts";
import { onOff, pairs, setting, type Values } from "../settings.ts";
import { refuse, sent, tryAgain, type Report } from "../sink.ts";

/** Settings of every sink that speaks HTTP. */
export const httpKeys = {
  headers: setting(pairs, {}, "Further headers of each request."),
  timeout: setting(duration(100, 300_000), 10_000, "How long an answer may take."),
  "ca-file": setting(
    text("a file"),
    "",
    "Who signed the peer's certificate. Empty: who Node trusts.",
  ),
  "cert-file": setting(text("a file"), "", "Our certificate, where the peer asks for one."),
  "key-file": setting(text("a file"), "", "Its key."),
  "insecure-skip-verify": setting(onOff, false, "Whether any certificate will do. For a test."),
};

export type HttpSettings = Values<typeof httpKeys>;

/** Settings of batches. */
export function batchKeys(records: number, sizeBytes: number, waitMs: number) {
  return {
    "batch-records": setting(count(1, records), records, "Records of a request, at most."),
    "batch-bytes": setting(
      bytes(1_024, sizeBytes),
      sizeBytes,
      "Bytes of a request before it is compressed, at most.",
    ),
    "batch-wait": setting(duration(0, 3_600_000), waitMs, "How long a record waits for others."),
  };
}

export function batchOf(settings: Values<ReturnType<typeof batchKeys>>) {
  return {
    records: settings["batch-records"],
    bytes: settings["batch-bytes"],
    waitMs: settings["batch-wait"],
  };
}

export interface HttpRequest {
  readonly url: string | URL;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  readonly gzip?: boolean;
  readonly signal?: AbortSignal;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  /** Of a longer answer the beginning. */
  readonly body: string;
}

/** With what a text cannot hold. */
export interface WholeAnswer extends HttpAnswer {
  readonly bytes: Uint8Array;
}

const mostAnswerBytes = 4 << 20;
/** Below it compressing costs more than it saves. */
const gzipFromBytes = 1_024;
const compress = promisify(gzip);

export class HttpPeer {
  readonly #settings: HttpSettings;
  readonly #plain = new http.Agent({ keepAlive: true, maxSockets: 4 });
  readonly #tls: https.Agent;

  /** Throws where a file cannot be read. */
  constructor(settings: HttpSettings) {
    this.#settings = settings;
    const file = (name: "ca-file" | "cert-file" | "key-file") =>
      settings[name] === "" ? undefined : readFileSync(settings[name]);
    const [ca, cert, key] = [file("ca-file"), file("cert-file"), file("key-file")];
    this.#tls = new https.Agent({
      keepAlive: true,
      maxSockets: 4,
      rejectUnauthorized: !settings["insecure-skip-verify"],
      ...(ca && { ca }),
      ...(cert && { cert }),
      ...(key && { key }),
    });
  }

  /** Rejects where there is no whole answer, with the reason. */
  async ask(request: HttpRequest): Promise<WholeAnswer> {
    const url = new URL(request.url);
    const isTls = url.protocol === "https:";
    const headers: Record<string, string> = { ...request.headers, ...this.#settings.headers };
    let body = request.body === undefined ? undefined : Buffer.from(request.body);
    if (body && request.gzip === true && body.length >= gzipFromBytes) {
      body = await compress(body);
      headers["content-encoding"] = "gzip";
    }
    if (body) headers["content-length"] = String(body.length);
    const late = AbortSignal.timeout(this.#settings.timeout);
    const signal = request.signal ? AbortSignal.any([late, request.signal]) : late;
    const { promise, resolve, reject } = Promise.withResolvers<WholeAnswer>();
    const sending = (isTls ? https : http).request(
      url,
      {
        method: request.method ?? "POST",
        headers,
        signal,
        agent: isTls ? this.#tls : this.#plain,
      },
      (answer) => {
        const parts: Buffer[] = [];
        let length = 0;
        answer.on("data", (part: Buffer) => {
          if (length < mostAnswerBytes) parts.push(part);
          length += part.length;
        });
        answer.on("error", reject);
        answer.on("end", () => {
          const bytes = Buffer.concat(parts).subarray(0, mostAnswerBytes);
          const { statusCode: status = 0, headers: said } = answer;
          resolve({ status, headers: said, body: bytes.toString("utf8"), bytes });
        });
      },
    );
    sending.on("error", reject);
    sending.end(body);
    try {
      return await promise;
    } catch (error) {
      if (late.aborted)
        throw new Error(`${url.host} did not answer within ${this.#settings.timeout} ms`, {
          cause: error,
        });
      throw error;
    }
  }

  close(): void {
    this.#plain.destroy();
    this.#tls.destroy();
  }
}

/** For how long the peer wants to be left alone: seconds, or a date. */
export function retryAfterMs(
  { headers }: Pick<HttpAnswer, "headers">,
  nowMs: number,
): number | undefined {
  const said = headers["retry-after"];
  if (said === undefined) return undefined;
  const seconds = Number(said);
  const ms = Number.isFinite(seconds) ? seconds * 1_000 : Date.parse(said) - nowMs;
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}

/** The address, the key or its rights are at fault, and no record: a person mends that. */
const misconfigured: ReadonlySet<number> = new Set([401, 403, 404, 405, 407]);

/**
 * What most peers mean: 2xx has it; 408, 429 and 5xx may be asked again, and so may who is asked by
 * wrong settings (also by an address that has moved); the rest never.
 */
export function reportOf(answer: HttpAnswer, batch: readonly Outgoing[], nowMs: number): Report {
  const { status, body } = answer;
  if (status >= 200 && status < 300) return sent(batch);
  const why = `it answers ${status}${body.trim() === "" ? "" : `: ${firstWords(body)}`}`;
  const isMoved = status >= 300 && status < 400;
  const mayBeAskedAgain = status === 408 || status === 429 || status >= 500;
  if (mayBeAskedAgain || isMoved || misconfigured.has(status))
    return tryAgain(batch, why, retryAfterMs(answer, nowMs));
  return refuse(batch, `status_${status}`, why);
}

function firstWords(body: string): string {
  const line = body.trim().replaceAll(/\s+/g, " ");
  return line.length > 200 ? `${line.slice(0, 200)}…` : line;
}

/** For checks: rejects where the answer is none of those. */
export function expectStatus(answer: HttpAnswer, ...wanted: readonly number[]): HttpAnswer {
  if (wanted.includes(answer.status)) return answer;
  throw new Error(`it answers ${answer.status}: ${firstWords(answer.body)}`);
}
