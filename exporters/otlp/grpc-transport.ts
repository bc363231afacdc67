/**
 * OTLP over gRPC, on Node's own HTTP/2: unary calls on one connection, made anew when it has ended.
 */
import { readFileSync } from "node:fs";
import type { ClientHttp2Session, ClientHttp2Stream, IncomingHttpHeaders } from "node:http2";
import type { HttpSettings } from "../delivery/http.ts";
import { frameOf, messageIn } from "./grpc-frame.ts";
import { outcomeOfCall } from "./grpc-status.ts";
import type { Outcome, Transport } from "./transport.ts";

export interface GrpcTarget {
  readonly url: string;
  /** "/opentelemetry.proto.collector.logs.v1.LogsService/Export" */
  readonly method: string;
  readonly isGzip: boolean;
  readonly version: string;
}

const mostAnswerBytes = 4 << 20;

export class GrpcTransport implements Transport {
  readonly #settings: HttpSettings;
  readonly #target: GrpcTarget;
  readonly #files: { readonly ca?: Buffer; readonly cert?: Buffer; readonly key?: Buffer };
  #session: ClientHttp2Session | undefined;

  /** Throws where a file cannot be read. */
  constructor(settings: HttpSettings, target: GrpcTarget) {
    this.#settings = settings;
    this.#target = target;
    const { "ca-file": ca, "cert-file": cert, "key-file": key } = settings;
    this.#files = {
      ...(ca !== "" && { ca: readFileSync(ca) }),
      ...(cert !== "" && { cert: readFileSync(cert) }),
      ...(key !== "" && { key: readFileSync(key) }),
    };
  }

  async carry(message: Uint8Array, signal: AbortSignal): Promise<Outcome> {
    const { url, isGzip } = this.#target;
    const { timeout } = this.#settings;
    const frame = await frameOf(message, isGzip);
    const late = AbortSignal.timeout(timeout);
    const ended = AbortSignal.any([late, signal]);
    try {
      const session = await this.#connected(ended);
      return await answerOf(session.request(this.#headers(), { signal: ended }), frame);
    } catch (error) {
      if (!late.aborted) throw error;
      // Whoever does not answer may not do so on this connection ever: the next call has its own.
      this.#forget();
      throw new Error(`${new URL(url).host} did not answer within ${timeout} ms`, { cause: error });
    }
  }

  close(): void {
    this.#forget();
  }

  #headers(): Record<string, string> {
    const { method, isGzip, version } = this.#target;
    return {
      ...lowerCased(this.#settings.headers),
      ":method": "POST",
      ":path": method,
      te: "trailers",
      "content-type": "application/grpc",
      "user-agent": `pahlevan/${version}`,
      "grpc-timeout": `${this.#settings.timeout}m`,
      ...(isGzip && { "grpc-encoding": "gzip" }),
    };
  }

  async #connected(signal: AbortSignal): Promise<ClientHttp2Session> {
    if (this.#session && !this.#session.closed && !this.#session.destroyed) return this.#session;
    const { connect } = await import("node:http2");
    const session = connect(new URL(this.#target.url).origin, {
      ...this.#files,
      rejectUnauthorized: !this.#settings["insecure-skip-verify"],
    });
    const leave = () => {
      if (this.#session === session) this.#session = undefined;
    };
    session.on("close", leave);
    const { promise, resolve, reject } = Promise.withResolvers<ClientHttp2Session>();
    const stop = () => session.destroy(new Error("nobody waits for it any more"));
    session.on("error", reject).once("connect", () => resolve(session));
    signal.addEventListener("abort", stop, { once: true });
    try {
      return (this.#session = await promise);
    } finally {
      signal.removeEventListener("abort", stop);
    }
  }

  #forget(): void {
    this.#session?.destroy();
    this.#session = undefined;
  }
}

/** So that a header of ours is not there twice: HTTP/2 refuses that. */
function lowerCased(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
}

function answerOf(stream: ClientHttp2Stream, frame: Buffer): Promise<Outcome> {
  const { promise, resolve, reject } = Promise.withResolvers<Outcome>();
  let headers: IncomingHttpHeaders = {};
  const parts: Buffer[] = [];
  let length = 0;
  const hear = (said: IncomingHttpHeaders) => {
    headers = { ...headers, ...said };
  };
  stream.on("response", hear).on("trailers", hear);
  stream.on("data", (part: Buffer) => {
    if (length < mostAnswerBytes) parts.push(part);
    length += part.length;
  });
  stream.on("error", reject);
  stream.on("close", () => {
    // Cut off in the middle of a call, there is neither a status nor an error.
    if (headers[":status"] === undefined || isCut(headers))
      reject(new Error("the connection ended before it answered"));
    else resolve(outcomeOfCall(headers, messageIn(Buffer.concat(parts))));
  });
  stream.end(frame);
  return promise;
}

function isCut(headers: IncomingHttpHeaders): boolean {
  return Number(headers[":status"]) === 200 && headers["grpc-status"] === undefined;
}
