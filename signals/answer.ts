/** What a sender is told: a status that makes it do the right thing, and why. */
import type { ServerResponse } from "node:http";
import type { Sender } from "./credential-lines.ts";

export interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>> | readonly unknown[];
  readonly headers?: Readonly<Record<string, string>>;
  /** The sender is still sending: nothing more is read of it. */
  readonly hangUp?: boolean;
}

export function refusal(status: number, error: string, rest: Partial<Answer> = {}): Answer {
  return { status, body: { error }, ...rest };
}

const retryAfterSeconds = 5;

/** The sender is right, and has to come again. */
export function later(error: string, rest: Partial<Answer> = {}): Answer {
  return refusal(503, error, { ...rest, headers: { "retry-after": String(retryAfterSeconds) } });
}

/** Alertmanager and Datadog send again after a 503, and give up at a 429, as a stranger may. */
export function tooOften(sender: Sender | "stranger"): Answer {
  const error = "too many requests";
  if (sender === "alertmanager" || sender === "datadog") return later(error);
  return refusal(429, error, { headers: { "retry-after": String(retryAfterSeconds) } });
}

export function send(response: ServerResponse, { status, body, headers, hangUp }: Answer): void {
  const text = `${JSON.stringify(body)}\n`;
  response.writeHead(status, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(text),
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    ...(hangUp === true && { connection: "close" }),
    ...headers,
  });
  response.end(text);
}
