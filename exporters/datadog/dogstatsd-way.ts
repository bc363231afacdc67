/** The two ways to DogStatsD: UDP, and a Unix socket that is a stream. */
import { createSocket, type Socket as UdpSocket } from "node:dgram";
import { connect, type Socket } from "node:net";

export interface Way {
  readonly mostPacketBytes: number;
  /** Resolves when the kernel has it; UDP tells of nobody there at the next packet only. */
  send(packet: string, signal: AbortSignal): Promise<void>;
  close(): void;
}

export function wayTo(url: string): Way {
  if (url.startsWith("unixstream://")) return new StreamWay(url.slice("unixstream://".length));
  const { hostname, port } = new URL(url);
  return new UdpWay(hostname.replace(/^\[|\]$/g, ""), port === "" ? 8_125 : Number(port));
}

/** An Ethernet frame's worth, as Datadog's own libraries have it. */
class UdpWay implements Way {
  readonly mostPacketBytes = 1_432;
  readonly #host: string;
  readonly #port: number;
  #socket: UdpSocket | undefined;
  /** What the kernel was told by ICMP since the last packet. */
  #trouble: Error | undefined;

  constructor(host: string, port: number) {
    this.#host = host;
    this.#port = port;
  }

  async send(packet: string): Promise<void> {
    const socket = (this.#socket ??= await this.#connected());
    await new Promise<void>((done, fail) => {
      socket.send(packet, (error) => {
        const trouble = error ?? this.#trouble;
        this.#trouble = undefined;
        if (trouble) fail(trouble);
        else done();
      });
    });
  }

  /** Connected: only so does the kernel say that nobody listens. */
  async #connected(): Promise<UdpSocket> {
    const socket = createSocket(this.#host.includes(":") ? "udp6" : "udp4");
    try {
      await new Promise<void>((done, fail) => {
        socket.once("error", fail);
        socket.connect(this.#port, this.#host, () => {
          socket.off("error", fail);
          done();
        });
      });
    } catch (error) {
      socket.close();
      throw error;
    }
    socket.on("error", (error) => {
      this.#trouble = error;
    });
    return socket;
  }

  close(): void {
    this.#socket?.close();
    this.#socket = undefined;
  }
}

/** Each packet after its length, four bytes, the lowest first. */
class StreamWay implements Way {
  readonly mostPacketBytes = 8_192;
  readonly #path: string;
  #socket: Socket | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  async send(packet: string, signal: AbortSignal): Promise<void> {
    const socket = (this.#socket ??= await this.#connected(signal));
    const body = Buffer.from(packet);
    const length = Buffer.alloc(4);
    length.writeUInt32LE(body.length);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const stop = () => reject(new Error(`${this.#path} takes nothing`));
    signal.addEventListener("abort", stop, { once: true });
    if (signal.aborted) stop();
    socket.write(Buffer.concat([length, body]), (error) => (error ? reject(error) : resolve()));
    try {
      await promise;
    } catch (error) {
      // Half of a packet may be in there: what follows would be read as something else.
      this.close();
      throw error;
    } finally {
      signal.removeEventListener("abort", stop);
    }
  }

  async #connected(signal: AbortSignal): Promise<Socket> {
    const socket = connect(this.#path);
    const stop = () => socket.destroy(new Error(`${this.#path} does not answer`));
    signal.addEventListener("abort", stop, { once: true });
    try {
      await new Promise<void>((done, fail) => {
        socket.once("connect", done);
        socket.once("error", fail);
      });
    } finally {
      signal.removeEventListener("abort", stop);
    }
    // An agent that starts again has a new socket. The next packet hears of it, and the one after
    // that connects anew.
    socket.on("error", () => {});
    return socket;
  }

  close(): void {
    this.#socket?.destroy();
    this.#socket = undefined;
  }
}
