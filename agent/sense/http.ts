/** The agent's one listener: pages for machines, and those of others behind the same TLS. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Server } from "node:net";
import type { ClientCertificate } from "@pahlevan/signals/credentials.ts";
import { answerPage, isForAnybody, send, type Pages } from "./pages.ts";
import { TlsListener, type Admitted } from "./web/tls-listener.ts";
import { Users } from "./web/users.ts";
import type { Web } from "./web/web-config.ts";

/** Pages that somebody else answers, and asks for credentials of its own: signals. */
export interface OtherPages {
  handles(request: IncomingMessage): boolean;
  answer(
    request: IncomingMessage,
    response: ServerResponse,
    certificate: ClientCertificate | undefined,
  ): Promise<void>;
}

export interface HttpOptions {
  /** They may not be there yet, or never. */
  readonly others?: () => readonly OtherPages[];
  /** Absent: HTTP in the clear, for everybody. */
  readonly web?: { current(nowMs: number): Web };
}

// A scraper sends a few hundred bytes: whoever is slow or large is not one.
const limits = { requestTimeout: 10_000, headersTimeout: 5_000, maxHeaderSize: 16_384 };
// An import of it would bring Node's own `fetch` along, which is 12 MB of memory.
const { createServer } = process.getBuiltinModule("node:http");
const forAll: Web = { tls: undefined, users: new Map(), headers: new Map() };

export class HttpServer {
  readonly #pages: Pages;
  readonly #others: () => readonly OtherPages[];
  readonly #web: () => Web;
  readonly #users = new Users();
  readonly #tls: TlsListener | undefined;
  readonly #server: Server & { closeAllConnections(): void };

  constructor(pages: Pages, { others = () => [], web }: HttpOptions = {}) {
    this.#pages = pages;
    this.#others = others;
    this.#web = () => web?.current(Date.now()) ?? forAll;
    const listener = (request: IncomingMessage, response: ServerResponse) => {
      this.#answer(request, response).catch((error: unknown) => {
        const message = error instanceof Error ? error.message : String(error);
        if (!response.headersSent) send(response, 500, "text/plain", `${message}\n`);
        else response.destroy();
      });
    };
    const { tls } = this.#web();
    this.#tls = tls && new TlsListener(tls, () => this.#web().tls, limits, listener);
    this.#server = this.#tls?.server ?? createServer(limits, listener);
    this.#server.maxConnections = 256;
  }

  get protocol(): "http" | "https" {
    return this.#tls === undefined ? "http" : "https";
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

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const inTheClear: Admitted = {};
    const admitted = this.#tls ? this.#tls.admits(request.socket) : inTheClear;
    if (admitted === undefined) {
      request.socket.destroy();
      return;
    }
    if (admitted.isLast) response.shouldKeepAlive = false;
    const { users, headers } = this.#web();
    for (const [name, value] of headers) response.setHeader(name, value);
    const other = this.#others().find((each) => each.handles(request));
    if (other !== undefined) return other.answer(request, response, admitted.certificate);
    if (users.size > 0 && !isForAnybody(request)) {
      const { headers: said, socket } = request;
      const asking = { authorization: said.authorization, address: socket.remoteAddress ?? "" };
      const judgement = await this.#users.judge(asking, users, Date.now());
      if (judgement !== "known") return refuse(response, judgement);
    }
    return answerPage(this.#pages, request, response);
  }
}

function refuse(response: ServerResponse, judgement: "unknown" | "too often"): void {
  if (judgement === "too often") {
    response.setHeader("retry-after", "5");
    return send(response, 429, "text/plain", "too many requests\n");
  }
  response.setHeader("www-authenticate", 'Basic realm="pahlevan", charset="UTF-8"');
  return send(response, 401, "text/plain", "it takes a user and a password\n");
}
