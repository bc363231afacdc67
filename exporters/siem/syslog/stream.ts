/** A connection to a syslog server, by TCP (RFC 6587) or TLS (RFC 5425), made when it is needed. */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { connect as connectTls, TLSSocket } from "node:tls";
import type { Values } from "../../settings.ts";
import { httpKeys } from "../../delivery/http.ts";

/** As sinks that speak HTTP have them. */
export const streamKeys = {
  timeout: httpKeys.timeout,
  "ca-file": httpKeys["ca-file"],
  "cert-file": httpKeys["cert-file"],
  "key-file": httpKeys["key-file"],
  "insecure-skip-verify": httpKeys["insecure-skip-verify"],
};

export type StreamSettings = Values<typeof streamKeys>;

export interface Server {
  readonly host: string;
  readonly port: number;
  readonly isTls: boolean;
}

const endedIt = "the server has ended the connection";

/**
 * By TLS 1.3 we are through before the server has looked at our certificate: if it refuses it, it
 * says so a round trip later, when we may have written already.
 */
const settlingMs = 250;

export class Stream {
  readonly #server: Server;
  readonly #settings: StreamSettings;
  #socket: Socket | undefined;

  constructor(server: Server, settings: StreamSettings) {
    this.#server = server;
    this.#settings = settings;
    if (server.isTls) this.#certificates();
  }

  /** The one that stands, unless the server has ended it; or a new one. */
  async open(signal: AbortSignal): Promise<Socket> {
    // A server says nothing but that it ends, and what is written to it then is lost without an
    // error. Two turns: between them the loop looks at what has come.
    await turn();
    await turn();
    if (this.#socket?.writable === true) return this.#socket;
    this.close();
    const socket = this.#begin();
    try {
      await within(this.#settings.timeout, "did not let us connect", signal, async (late) => {
        const event = socket instanceof TLSSocket ? "secureConnect" : "connect";
        await once(socket, event, { signal: late });
      });
      // Read, so that its end is seen.
      socket.resume();
      if (this.#server.isTls) await settled(socket, signal);
    } catch (error) {
      socket.destroy();
      throw error;
    }
    socket.setKeepAlive(true, 60_000);
    return (this.#socket = socket);
  }

  /** Resolves when the system has taken it all; rejects where the connection ends before. */
  async write(part: Buffer, signal: AbortSignal): Promise<void> {
    const socket = await this.open(signal);
    try {
      await within(this.#settings.timeout, "takes no more", signal, async (late) => {
        const ended = new AbortController();
        const { promise, resolve, reject } = Promise.withResolvers<void>();
        socket.write(part, (error) => (error ? reject(error) : resolve()));
        const end = once(socket, "close", { signal: AbortSignal.any([late, ended.signal]) });
        try {
          await Promise.race([promise, end.then(() => Promise.reject(new Error(endedIt)))]);
        } finally {
          ended.abort();
        }
      });
    } catch (error) {
      // How much of it went is not known: a new connection, where messages begin anew.
      this.#drop();
      throw error;
    }
  }

  close(): void {
    this.#socket?.end();
    this.#socket = undefined;
  }

  #drop(): void {
    this.#socket?.destroy();
    this.#socket = undefined;
  }

  #begin(): Socket {
    const { host, port, isTls } = this.#server;
    if (!isTls) return listened(connect({ host, port }));
    const isSure = !this.#settings["insecure-skip-verify"];
    const named = /^[\d.]+$|:/.test(host) ? {} : { servername: host };
    return listened(
      connectTls({ host, port, ...named, rejectUnauthorized: isSure, ...this.#certificates() }),
    );
  }

  /** Read for each connection, as certificates are renewed. Throws where one cannot be read. */
  #certificates() {
    const file = (name: "ca-file" | "cert-file" | "key-file") =>
      this.#settings[name] === "" ? undefined : readFileSync(this.#settings[name]);
    const [ca, cert, key] = [file("ca-file"), file("cert-file"), file("key-file")];
    return { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) };
  }
}

/** An error comes to who waits for the socket; if nobody does, its end is seen before a write. */
function listened(socket: Socket): Socket {
  return socket.on("error", () => {}).setNoDelay(true);
}

async function settled(socket: Socket, signal: AbortSignal): Promise<void> {
  const patience = AbortSignal.any([AbortSignal.timeout(settlingMs), signal]);
  const end = once(socket, "close", { signal: patience });
  const isOver = await end.then(
    () => true,
    (error: unknown) => {
      if (!patience.aborted) throw error;
      return false;
    },
  );
  signal.throwIfAborted();
  if (isOver) throw new Error(`${endedIt} at once: it may want another certificate, or one`);
}

function turn(): Promise<void> {
  return new Promise((done) => setImmediate(done));
}

async function within<T>(
  ms: number,
  what: string,
  signal: AbortSignal,
  work: (late: AbortSignal) => Promise<T>,
): Promise<T> {
  const late = AbortSignal.timeout(ms);
  try {
    return await work(AbortSignal.any([late, signal]));
  } catch (error) {
    if (late.aborted) throw new Error(`it ${what} within ${ms} ms`, { cause: error });
    throw error;
  }
}
