/** OTLP over HTTP: one request a message; the specification says which answers may be repeated. */
import { HttpPeer, retryAfterMs, type HttpSettings, type WholeAnswer } from "../delivery/http.ts";
import { statusIn } from "./fields.ts";
import { fewWords, tooLarge, type Outcome, type Transport } from "./transport.ts";

export interface HttpTarget {
  readonly url: string;
  readonly isJson: boolean;
  readonly isGzip: boolean;
  readonly nowMs: () => number;
}

export class HttpTransport implements Transport {
  readonly #target: HttpTarget;
  readonly #peer: HttpPeer;

  constructor(settings: HttpSettings, target: HttpTarget) {
    this.#target = target;
    this.#peer = new HttpPeer(settings);
  }

  async carry(message: Uint8Array, signal: AbortSignal): Promise<Outcome> {
    const { url, isJson, isGzip, nowMs } = this.#target;
    const answer = await this.#peer.ask({
      url,
      headers: { "content-type": isJson ? "application/json" : "application/x-protobuf" },
      body: message,
      gzip: isGzip,
      signal,
    });
    return outcomeOf(answer, nowMs());
  }

  close(): void {
    this.#peer.close();
  }
}

/** opentelemetry.io/docs/specs/otlp, "Retryable Response Codes": these, and no other. */
const retryable: ReadonlySet<number> = new Set([429, 502, 503, 504]);

function outcomeOf(answer: WholeAnswer, nowMs: number): Outcome {
  const { status, bytes } = answer;
  if (status >= 200 && status < 300) return { is: "taken", answer: bytes };
  const said = whatItSays(answer);
  const why = `it answers ${status}${said === "" ? "" : `: ${said}`}`;
  if (retryable.has(status)) {
    const afterMs = retryAfterMs(answer, nowMs);
    return { is: "again", why, ...(afterMs !== undefined && { afterMs }) };
  }
  return { is: "refused", reason: status === 413 ? tooLarge : `status_${status}`, why };
}

/** Its reason: a Status in the request's own coding, or what a proxy in between wrote. */
function whatItSays({ headers, body, bytes }: WholeAnswer): string {
  const isProtobuf = headers["content-type"]?.includes("protobuf") === true;
  const text = isProtobuf ? statusIn(bytes).message : (messageIn(body) ?? body);
  return fewWords(text.trim().replaceAll(/\s+/g, " "));
}

function messageIn(body: string): string | undefined {
  try {
    const status: unknown = JSON.parse(body);
    const isStatus = typeof status === "object" && status !== null && "message" in status;
    return isStatus && typeof status.message === "string" ? status.message : undefined;
  } catch {
    return undefined;
  }
}
