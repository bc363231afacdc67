/** An HTTP server of a test's own: keeps what it was sent, and answers as it is told. */
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** Decompressed. */
  readonly body: Buffer;
}

/** `cut`: the connection ends without an answer; `silent`: there is none. */
export type Answer =
  | { readonly status: number; readonly body?: string; readonly headers?: Record<string, string> }
  | "cut"
  | "silent";

export class HttpPeerServer implements AsyncDisposable {
  readonly asked: Asked[] = [];
  answer: (asked: Asked) => Answer = () => ({ status: 200 });
  readonly #server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("error", () => {});
    request.on("end", () => {
      const raw = Buffer.concat(parts);
      const body = request.headers["content-encoding"] === "gzip" ? gunzipSync(raw) : raw;
      const { method = "", url: path = "", headers } = request;
      const asked = { method, path, headers, body };
      this.asked.push(asked);
      const answer = this.answer(asked);
      if (answer === "cut") request.socket.destroy();
      if (typeof answer === "string") return;
      response.writeHead(answer.status, answer.headers).end(answer.body);
    });
  });

  static async start(port = 0): Promise<HttpPeerServer> {
    const peer = new HttpPeerServer();
    await new Promise<void>((done) => peer.#server.listen(port, "127.0.0.1", done));
    return peer;
  }

  get port(): number {
    // A server that listens on a port has such an address.
    const address: AddressInfo | string | null = this.#server.address();
    return typeof address === "object" ? (address?.port ?? 0) : 0;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  json(at = -1): unknown {
    return JSON.parse(this.asked.at(at)?.body.toString() ?? "null");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
  }
}
