/** HTTP behind TLS: who comes in, by what is configured, and for how long that holds. */
import type { RequestListener, ServerOptions } from "node:http";
import type { Server } from "node:https";
import type { Socket } from "node:net";
import type { ClientCertificate } from "@pahlevan/signals/credentials.ts";
import { admission } from "./client-certificate.ts";
import type { Tls } from "./tls.ts";

export interface Admitted {
  readonly certificate?: ClientCertificate;
  /** What is configured has changed: the next request comes by a connection of its own. */
  readonly isLast?: true;
}

const last = { isLast: true } as const;
const handshakeTimeoutMs = 10_000;

export class TlsListener {
  readonly server: Server;
  readonly #now: () => Tls | undefined;
  readonly #admitted = new WeakMap<Socket, Admitted & { readonly by: Tls }>();
  #inUse: Tls;
  /** By then every handshake that began with what was in use before is over. */
  #settledMs = 0;

  /** `now` is what is configured at a later moment. */
  constructor(
    tls: Tls,
    now: () => Tls | undefined,
    options: ServerOptions,
    listener: RequestListener,
  ) {
    this.#now = now;
    this.#inUse = tls;
    // Only now: without TLS it would be memory for nothing.
    const { createServer } = process.getBuiltinModule("node:https");
    this.server = createServer(
      {
        ...options,
        ...tls.context,
        // Whom we let in we judge ourselves, but for the clear words that only a handshake has.
        requestCert: tls.clientAuth !== "NoClientCert",
        rejectUnauthorized: tls.clientAuth === "RequireAndVerifyClientCert",
        handshakeTimeout: handshakeTimeoutMs,
        ALPNProtocols: ["http/1.1"],
      },
      listener,
    );
    this.server.prependListener("connection", () => this.#look());
    this.server.prependListener("secureConnection", (socket) => {
      const answer = admission(socket, this.#inUse);
      const isLate = performance.now() < this.#settledMs;
      if (answer === "refused") socket.destroy();
      else this.#admitted.set(socket, { by: this.#inUse, ...answer, ...(isLate && last) });
    });
  }

  /** Undefined for who came in by an authority, or a name, that counts for nothing any more. */
  admits(socket: Socket): Admitted | undefined {
    this.#look();
    const { by, ...admitted } = this.#admitted.get(socket) ?? {};
    if (by === this.#inUse) return admitted;
    return by && isSameFor(by, this.#inUse) ? { ...admitted, ...last } : undefined;
  }

  #look(): void {
    const tls = this.#now();
    if (tls === undefined || tls === this.#inUse) return;
    this.#inUse = tls;
    this.server.setSecureContext(tls.context);
    this.#settledMs = performance.now() + handshakeTimeoutMs;
  }
}

/** Whether clients are judged by the same. */
function isSameFor(one: Tls, other: Tls): boolean {
  const [ours, theirs] = [one, other].map(({ context, clientAuth, allowedSans }) =>
    JSON.stringify([context.ca, clientAuth, allowedSans]),
  );
  return ours === theirs;
}
