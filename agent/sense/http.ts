/** The agent's pages for machines: /metrics, /healthz, /readyz. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";

export interface Health {
  readonly ok: boolean;
  /** Why not; also what is less than it could be although all is well. */
  readonly reasons: readonly string[];
}

export interface Pages {
  metrics(accept: string | undefined): Promise<{ contentType: string; body: string }>;
  healthy(): Health;
  ready(): Health;
}

/** Pages that somebody else answers: signals. */
export interface OtherPages {
  handles(request: IncomingMessage): boolean;
  answer(request: IncomingMessage, response: ServerResponse): Promise<void>;
}

export class HttpServer {
  readonly #server: Server;

  /** `others` may not be there yet, or never. */
  constructor(pages: Pages, others: () => OtherPages | undefined = () => undefined) {
    this.#server = createServer(
      // A scraper sends a few hundred bytes: whoever is slow or large is not one.
      { requestTimeout: 10_000, headersTimeout: 5_000, maxHeaderSize: 16_384 },
      (request, response) => {
        const other = others();
        const answering = other?.handles(request)
          ? other.answer(request, response)
          : answer(pages, request, response);
        answering.catch((error: unknown) => {
          const message = error instanceof Error ? error.message : String(error);
          if (!response.headersSent) send(response, 500, "text/plain", `${message}\n`);
          else response.destroy();
        });
      },
    );
    this.#server.maxConnections = 256;
  }

  /** The port it listens on; rejects with the system's error. */
  async listen(host: string, port: number): Promise<number> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#server.once("error", reject);
    this.#server.listen({ port, ...(host !== "" && { host }) }, resolve);
    await promise;
    const address = this.#server.address();
    return typeof address === "object" && address !== null ? address.port : port;
  }

  async close(): Promise<void> {
    if (!this.#server.listening) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.close(() => resolve());
    this.#server.closeAllConnections();
    await promise;
  }
}

async function answer(
  pages: Pages,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (request.method !== "GET" && request.method !== "HEAD") {
    response.setHeader("allow", "GET, HEAD");
    return send(response, 405, "text/plain", "GET and HEAD only\n");
  }
  switch (request.url?.split("?")[0]) {
    case "/metrics": {
      const { contentType, body } = await pages.metrics(request.headers.accept);
      return send(response, 200, contentType, body);
    }
    case "/healthz":
      return sendHealth(response, pages.healthy());
    case "/readyz":
      return sendHealth(response, pages.ready());
    case "/":
      return send(response, 200, "text/plain", "pahlevan: /metrics /healthz /readyz\n");
    default:
      return send(response, 404, "text/plain", "there are /metrics, /healthz and /readyz\n");
  }
}

function sendHealth(response: ServerResponse, { ok, reasons }: Health): void {
  const body = `${JSON.stringify({ ok, reasons })}\n`;
  send(response, ok ? 200 : 503, "application/json", body);
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, {
    "content-type": type,
    "content-length": Buffer.byteLength(body),
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
  });
  response.end(body);
}
