/** What /metrics, /healthz and /readyz answer. */
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";

export interface Health {
  readonly ok: boolean;
  /** Why not; also what is less than it could be although all is well. */
  readonly reasons: readonly string[];
}

export interface Pages {
  metrics(
    asked: Pick<IncomingHttpHeaders, "accept" | "accept-encoding">,
  ): Promise<{ contentType: string; body: string | Buffer; encoding?: string }>;
  healthy(): Health;
  ready(): Health;
}

export async function answerPage(
  pages: Pages,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (request.method !== "GET" && request.method !== "HEAD") {
    response.setHeader("allow", "GET, HEAD");
    return send(response, 405, "text/plain", "GET and HEAD only\n");
  }
  switch (pathOf(request)) {
    case "/metrics": {
      const { contentType, body, encoding } = await pages.metrics(request.headers);
      response.setHeader("vary", "accept, accept-encoding");
      if (encoding !== undefined) response.setHeader("content-encoding", encoding);
      return send(response, 200, contentType, body);
    }
    case "/healthz":
      return sendHealth(response, pages.healthy());
    case "/readyz":
      return sendHealth(response, pages.ready());
    case "/":
      return send(response, 200, "text/plain", "pahlevan: /metrics /healthz /readyz\n");
    default:
      return send(response, 404, "text/plain", nothing);
  }
}

const nothing =
  "there are /metrics, /healthz and /readyz, and with policies /v1/signals and /v1/loop\n";

/** Whoever restarts it when it is ill has no password. */
export function isForAnybody(request: IncomingMessage): boolean {
  return ["/healthz", "/readyz"].includes(pathOf(request));
}

function pathOf({ url = "" }: IncomingMessage): string {
  return url.split("?")[0] ?? "";
}

function sendHealth(response: ServerResponse, { ok, reasons }: Health): void {
  const body = `${JSON.stringify({ ok, reasons })}\n`;
  send(response, ok ? 200 : 503, "application/json", body);
}

export function send(
  response: ServerResponse,
  status: number,
  type: string,
  body: string | Buffer,
): void {
  response.writeHead(status, {
    "content-type": type,
    "content-length": Buffer.byteLength(body),
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
  });
  response.end(body);
}
