/** Signed requests to one bucket of anything that speaks S3. */
import { HttpPeer, type HttpAnswer, type HttpSettings } from "../../delivery/http.ts";
import { encoded, sha256, signed, type Credentials } from "./signature.ts";

export interface Place {
  /** Empty: AWS' own, of the region. */
  readonly endpoint: string;
  readonly region: string;
  readonly bucket: string;
  /** The bucket in the path, or before the host's name. */
  readonly pathStyle: boolean;
}

export class Bucket {
  readonly #place: Place;
  readonly #credentials: Credentials;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #peer: HttpPeer;
  readonly #nowMs: () => number;

  constructor(place: Place, credentials: Credentials, http: HttpSettings, nowMs: () => number) {
    this.#place = place;
    this.#credentials = credentials;
    this.#headers = http.headers;
    this.#peer = new HttpPeer(http);
    this.#nowMs = nowMs;
  }

  put(key: string, body: Uint8Array, type: string, signal: AbortSignal): Promise<HttpAnswer> {
    return this.#ask("PUT", key, signal, body, { "content-type": type });
  }

  /** Whether it is there, and ours to look into. */
  head(signal: AbortSignal): Promise<HttpAnswer> {
    return this.#ask("HEAD", "", signal);
  }

  close(): void {
    this.#peer.close();
  }

  #ask(
    method: string,
    key: string,
    signal: AbortSignal,
    body?: Uint8Array,
    more: Readonly<Record<string, string>> = {},
  ): Promise<HttpAnswer> {
    const url = urlOf(this.#place, key);
    const bodyHash = sha256(body ?? "");
    const headers = signed(
      {
        ...{ method, url, bodyHash, timeMs: this.#nowMs() },
        // Also the configured ones: S3 wants all of its own (x-amz-…) to be signed.
        headers: { ...more, ...this.#headers, "x-amz-content-sha256": bodyHash },
      },
      this.#credentials,
      { region: this.#place.region, service: "s3" },
    );
    return this.#peer.ask({ method, url, headers, signal, ...(body && { body }) });
  }
}

export function urlOf({ endpoint, region, bucket, pathStyle }: Place, key: string): URL {
  const base = new URL(endpoint === "" ? `https://s3.${region}.amazonaws.com` : endpoint);
  const path = key.split("/").map(encoded).join("/");
  if (!pathStyle) {
    base.hostname = `${bucket}.${base.hostname}`;
    base.pathname = `/${path}`;
  } else {
    const before = base.pathname.replace(/\/$/, "");
    base.pathname = key === "" ? `${before}/${bucket}` : `${before}/${bucket}/${path}`;
  }
  return base;
}

/**
 * What S3 says of an error: its code and its sentence, and no more. The rest of the body may repeat
 * the session's token.
 */
export function saidOf({ status, body }: HttpAnswer): { code: string; says: string } {
  const part = (name: string) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(body)?.[1] ?? "";
  const [code, message] = [part("Code"), part("Message")];
  const words = [code, message].filter((word) => word !== "").join(": ");
  return { code, says: `it answers ${status}${words === "" ? "" : `, ${words.slice(0, 300)}`}` };
}
