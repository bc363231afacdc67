/** An HTTP server of a test: hears what is posted to it, and says what it was told to say. */
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import { text } from "node:stream/consumers";

export interface Heard {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export class Listener implements AsyncDisposable {
  readonly heard: Heard[] = [];
  /** The answer to whoever asks. */
  says: string | (() => string) = "";
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      const { headers } = request;
      void text(request).then((body) => {
        if (request.method === "POST") this.heard.push({ headers, body });
        response.end(typeof this.says === "string" ? this.says : this.says());
      });
    });
  }

  static async listening(): Promise<Listener> {
    const listener = new Listener();
    listener.#server.listen(0, "127.0.0.1");
    await once(listener.#server, "listening");
    return listener;
  }

  /** HOST:PORT */
  get address(): string {
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("it does not listen");
    return `127.0.0.1:${address.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }
}
