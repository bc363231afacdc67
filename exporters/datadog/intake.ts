/** One request to one of Datadog's intakes, and what its answer means for what was sent. */
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { retryAfterMs, type HttpAnswer, type HttpPeer } from "../delivery/http.ts";

/** `halve`: too much at once. `refused`: it will never be taken. */
export type Meaning = "taken" | "again" | "halve" | "refused";

export interface Answered {
  readonly meaning: Meaning;
  /** A word for a metric's label. */
  readonly reason: string;
  readonly why: string;
  readonly afterMs?: number;
}

const compress = promisify(gzip);
/** Soon enough for a key that was repaired; a wrong one need not be asked about more often. */
const wrongKeyAfterMs = 30_000;

/**
 * 401 and 403 are about the key, not about what was sent: it is not active yet, or rotated, and
 * what a policy decided meanwhile must not be gone before anybody could look. So all waits (in the
 * queue, then on disk), the exporter counts as failing, and what gets too old says so.
 */
function meaningOf(answer: HttpAnswer, nowMs: number): Answered {
  const { status } = answer;
  const reason = `status_${status}`;
  const why = `it answers ${status}`;
  if (status >= 200 && status < 300) return { meaning: "taken", reason, why: "" };
  if (status === 413) return { meaning: "halve", reason, why: `${why}: too much at once` };
  if (status === 401 || status === 403)
    return { meaning: "again", reason, why: `${why}: is the key right?`, afterMs: wrongKeyAfterMs };
  if (status === 408 || status === 429 || status >= 500) {
    const afterMs = retryAfterMs(answer, nowMs) ?? rateLimitMs(answer);
    return { meaning: "again", reason, why, ...(afterMs !== undefined && { afterMs }) };
  }
  return { meaning: "refused", reason, why: `${why}: ${firstWords(answer.body)}` };
}

/** Datadog's own word for it: so many seconds until the next period. */
function rateLimitMs({ headers }: HttpAnswer): number | undefined {
  const seconds = Number(headers["x-ratelimit-reset"] ?? Number.NaN);
  return Number.isFinite(seconds) ? Math.max(0, seconds * 1_000) : undefined;
}

function firstWords(body: string): string {
  return body.replaceAll(/\s+/g, " ").trim().slice(0, 200);
}

export class Intake {
  readonly #peer: HttpPeer;
  readonly #url: string;
  readonly #apiKey: string;
  readonly #nowMs: () => number;

  constructor(peer: HttpPeer, to: { url: string; apiKey: string; nowMs: () => number }) {
    this.#peer = peer;
    this.#url = to.url;
    this.#apiKey = to.apiKey;
    this.#nowMs = to.nowMs;
  }

  /**
   * A peer that cannot be reached is no exception here: of several requests some may be done.
   * `mostCompressed`: what is larger when it is compressed is not sent, but to be halved.
   */
  async post(body: string, signal: AbortSignal, mostCompressed = Infinity): Promise<Answered> {
    const packed = await compress(body);
    if (packed.length > mostCompressed)
      return { meaning: "halve", reason: "too_large", why: "it is too large for one request" };
    const headers = {
      "content-type": "application/json",
      "content-encoding": "gzip",
      "dd-api-key": this.#apiKey,
    };
    try {
      const answer = await this.#peer.ask({ url: this.#url, headers, body: packed, signal });
      return meaningOf(answer, this.#nowMs());
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      return { meaning: "again", reason: "unreachable", why };
    }
  }
}
