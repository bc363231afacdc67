/** A gRPC server of a test's own: keeps what it was sent, and ends calls as it is told. */
import { createServer, type IncomingHttpHeaders, type ServerHttp2Session } from "node:http2";
import { gunzipSync } from "node:zlib";

export interface Call {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly isCompressed: boolean;
  /** Decompressed, without its frame. */
  readonly message: Buffer;
}

/** `cut`: the connection ends; `half`: with the headers sent and no status; `silent`: nothing. */
export type CallAnswer =
  | {
      readonly status: number;
      readonly message?: string;
      readonly details?: Uint8Array;
      /** The answer's message; without one the trailers are all there is. */
      readonly body?: Uint8Array;
    }
  | { readonly http: number }
  | "cut"
  | "half"
  | "silent";

export class GrpcPeer implements AsyncDisposable {
  readonly calls: Call[] = [];
  answer: (call: Call) => CallAnswer = () => ({ status: 0, body: new Uint8Array() });
  readonly #sessions = new Set<ServerHttp2Session>();
  /** Connections, also those that have ended. */
  connections = 0;
  readonly #server = createServer();

  static async start(): Promise<GrpcPeer> {
    const peer = new GrpcPeer();
    peer.#server.on("session", (session) => {
      peer.connections += 1;
      peer.#sessions.add(session);
      session.on("error", () => {}).on("close", () => peer.#sessions.delete(session));
    });
    peer.#server.on("stream", (stream, headers) => {
      const parts: Buffer[] = [];
      stream.on("error", () => {});
      stream.on("data", (part: Buffer) => parts.push(part));
      stream.on("end", () => {
        const frame = Buffer.concat(parts);
        const body = frame.subarray(5, 5 + frame.readUInt32BE(1));
        const isCompressed = frame.readUInt8(0) === 1;
        const message = isCompressed ? gunzipSync(body) : body;
        const call = { path: headers[":path"] ?? "", headers, isCompressed, message };
        peer.calls.push(call);
        const answer = peer.answer(call);
        if (answer === "silent") return;
        if (answer === "cut") {
          stream.session?.destroy();
          return;
        }
        const head = { ":status": 200, "content-type": "application/grpc" };
        if (answer === "half") {
          stream.respond(head);
          stream.write(Buffer.from([0, 0, 0]), () => stream.session?.destroy());
          return;
        }
        if ("http" in answer) {
          stream.respond({ ":status": answer.http }, { endStream: true });
          return;
        }
        const { status, message: says, details, body: told } = answer;
        const end = {
          "grpc-status": String(status),
          ...(says !== undefined && { "grpc-message": encodeURIComponent(says) }),
          ...(details && { "grpc-status-details-bin": Buffer.from(details).toString("base64") }),
        };
        if (told === undefined) {
          stream.respond({ ...head, ...end }, { endStream: true });
          return;
        }
        stream.respond(head, { waitForTrailers: true });
        stream.on("wantTrailers", () => stream.sendTrailers(end));
        const answered = Buffer.alloc(5 + told.length);
        answered.writeUInt32BE(told.length, 1);
        answered.set(told, 5);
        stream.end(answered);
      });
    });
    await new Promise<void>((done) => peer.#server.listen(0, "127.0.0.1", done));
    return peer;
  }

  get url(): string {
    const address = this.#server.address();
    return `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
  }

  /** Says GOAWAY to whoever is connected: calls under way are answered, others are not taken. */
  sendAway(): void {
    for (const session of this.#sessions) session.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const session of this.#sessions) session.destroy();
    await new Promise((done) => this.#server.close(done));
  }
}
