/** What the shop asks: a server of this process, at an address of the loopback network. */
import { once } from "node:events";
import { createServer, type Server } from "node:http";

export class Upstream {
  readonly #server: Server;
  readonly #name: string;
  readonly #address: string;

  constructor(name: string, address: string) {
    this.#name = name;
    this.#address = address;
    this.#server = createServer((_, response) => response.end(`${name}: yes\n`));
  }

  async begin(): Promise<void> {
    this.#server.listen(0, this.#address);
    await once(this.#server, "listening");
  }

  /** HOST:PORT */
  get address(): string {
    const bound = this.#server.address();
    const port = typeof bound === "object" ? bound?.port : undefined;
    return `${this.#address}:${port}`;
  }

  get url(): string {
    return `http://${this.address}/${this.#name}`;
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}
