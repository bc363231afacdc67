/**
 * One unary gRPC call over a unix socket: HTTP/2 with a five-byte frame around each message and the
 * status in trailers.
 */
import type { IncomingHttpHeaders } from "node:http2";
import { connect as connectSocket } from "node:net";
import { asSourceFailure, SourceFailure } from "./source.ts";

export interface UnaryCall {
  readonly socketPath: string;
  /** "package.Service/Method" */
  readonly method: string;
  readonly request: Uint8Array;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** Undefined for NOT_FOUND, and for UNIMPLEMENTED: what is not served knows nothing. */
const notFound = 5;
const unimplemented = 12;
/** A container's record is a few kilobytes, its spec included. */
const maxResponseBytes = 4 << 20;

/**
 * A connection per call: containers start seldom, and a kept connection would have to notice that
 * the runtime restarted. Costs about 2 ms.
 */
export function callUnary(call: UnaryCall): Promise<Uint8Array | undefined> {
  const { socketPath, method, signal } = call;
  // Only now: where nobody is asked by gRPC it would be 5 MB of memory for nothing.
  const { connect, constants } = process.getBuiltinModule("node:http2");
  return new Promise<Uint8Array | undefined>((resolve, reject) => {
    const socket = connectSocket(socketPath);
    // Before HTTP/2 listens: it reports a refused socket as a cancelled stream.
    socket.on("error", (error) => fail(error));
    const session = connect("http://localhost", { createConnection: () => socket });
    const end = (act: () => void) => {
      signal.removeEventListener("abort", onAbort);
      session.destroy();
      act();
    };
    const fail = (error: unknown) =>
      end(() => reject(asSourceFailure(error, `${method} at ${socketPath}`)));
    const onAbort = () =>
      fail(new SourceFailure("timeout", `${method} at ${socketPath}: no answer in time`));
    session.on("error", fail);
    if (signal.aborted) return onAbort();
    signal.addEventListener("abort", onAbort);

    const stream = session.request({
      [constants.HTTP2_HEADER_METHOD]: "POST",
      [constants.HTTP2_HEADER_PATH]: `/${method}`,
      [constants.HTTP2_HEADER_CONTENT_TYPE]: "application/grpc",
      [constants.HTTP2_HEADER_TE]: "trailers",
      ...call.metadata,
    });
    const chunks: Buffer[] = [];
    let received = 0;
    let status: GrpcStatus | undefined;
    stream.on("response", (headers) => (status ??= statusOf(headers)));
    stream.on("trailers", (trailers: IncomingHttpHeaders) => (status ??= statusOf(trailers)));
    stream.on("data", (chunk: Buffer) => {
      received += chunk.length;
      if (received > maxResponseBytes) fail(new Error(`more than ${maxResponseBytes} bytes`));
      else chunks.push(chunk);
    });
    stream.on("error", fail);
    stream.on("end", () => {
      try {
        const answer = outcome(status, Buffer.concat(chunks));
        end(() => resolve(answer));
      } catch (error) {
        fail(error);
      }
    });
    stream.end(frame(call.request));
  });
}

interface GrpcStatus {
  readonly code: number;
  readonly message: string;
}

function statusOf(headers: IncomingHttpHeaders): GrpcStatus | undefined {
  const code = headers["grpc-status"];
  const message = headers["grpc-message"];
  return code === undefined
    ? undefined
    : { code: Number(code), message: typeof message === "string" ? message : "" };
}

function outcome(status: GrpcStatus | undefined, body: Buffer): Uint8Array | undefined {
  if (status === undefined) throw new Error("ended without a gRPC status; is this a gRPC server?");
  if (status.code === notFound || status.code === unimplemented) return undefined;
  if (status.code !== 0) throw new Error(`gRPC status ${status.code} ${status.message}`);
  if (body.length < 5 || body[0] !== 0 || body.readUInt32BE(1) !== body.length - 5) {
    throw new Error(`an answer of ${body.length} bytes that is not one uncompressed message`);
  }
  return body.subarray(5);
}

function frame(message: Uint8Array): Buffer {
  const header = Buffer.alloc(5);
  header.writeUInt32BE(message.length, 1);
  return Buffer.concat([header, message]);
}
