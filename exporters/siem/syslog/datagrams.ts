/** Messages in datagrams (RFC 5426): one each, and nobody says what became of them. */
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { lookup } from "node:dns/promises";

export class Datagrams {
  readonly #host: string;
  readonly #port: number;
  #socket: Socket | undefined;

  constructor(host: string, port: number) {
    this.#host = host;
    this.#port = port;
  }

  /** Looks the name up; rejects where there is none. */
  async open(): Promise<Socket> {
    if (this.#socket !== undefined) return this.#socket;
    const { address, family } = await lookup(this.#host);
    const socket = createSocket(family === 6 ? "udp6" : "udp4");
    try {
      // Connected, it hears that nobody listens there, where the peer's system says so.
      socket.connect(this.#port, address);
      await once(socket, "connect");
    } catch (error) {
      socket.close();
      throw error;
    }
    socket.on("error", () => this.#drop(socket));
    socket.unref();
    return (this.#socket = socket);
  }

  async send(message: Buffer): Promise<void> {
    const socket = await this.open();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    socket.send(message, (error) => (error ? reject(error) : resolve()));
    try {
      await promise;
    } catch (error) {
      // The name may lead elsewhere by now.
      this.#drop(socket);
      throw error;
    }
  }

  close(): void {
    if (this.#socket !== undefined) this.#drop(this.#socket);
  }

  #drop(socket: Socket): void {
    if (this.#socket !== socket) return;
    this.#socket = undefined;
    socket.close();
  }
}
