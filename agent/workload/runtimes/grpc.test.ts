import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http2";
import type { Http2Server, ServerHttp2Session, ServerHttp2Stream } from "node:http2";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { callUnary } from "./grpc.ts";

let folder: string;
let server: Http2Server;
const sessions = new Set<ServerHttp2Session>();
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "grpc-"));
  server = createServer();
  server.on("session", (session) => sessions.add(session));
  await new Promise<void>((resolve) => server.listen(join(folder, "s.sock"), resolve));
});
afterEach(async () => {
  for (const session of sessions) session.destroy();
  sessions.clear();
  server.close();
  await rm(folder, { recursive: true, force: true });
});

const call = (signal = new AbortController().signal) =>
  callUnary({
    socketPath: join(folder, "s.sock"),
    method: "a.B/C",
    request: Buffer.from("question"),
    metadata: { "containerd-namespace": "moby" },
    signal,
  });

/** Answers with these bytes as they are, and this status in the trailers. */
function answer(
  stream: ServerHttp2Stream,
  body: Uint8Array,
  trailers: Record<string, string>,
): void {
  stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
  stream.on("wantTrailers", () => stream.sendTrailers(trailers));
  stream.end(body);
}
const framed = (text: string) =>
  Buffer.concat([Buffer.from([0, 0, 0, 0, text.length]), Buffer.from(text)]);

test("a message goes out framed, with its metadata, and the answer comes back", async () => {
  const seen: unknown[] = [];
  server.on("stream", (stream, headers) => {
    stream.on("data", (chunk: Buffer) => {
      seen.push(headers[":path"], headers["containerd-namespace"], headers["te"], chunk);
      answer(stream, framed("answer"), { "grpc-status": "0" });
    });
  });
  expect(Buffer.from((await call()) ?? []).toString()).toBe("answer");
  expect(seen).toEqual(["/a.B/C", "moby", "trailers", framed("question")]);
});

test("an answer in many pieces is put together", async () => {
  const text = "x".repeat(200);
  server.on("stream", (stream) => {
    stream.respond({ ":status": 200 }, { waitForTrailers: true });
    stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
    for (const byte of framed(text)) stream.write(Buffer.from([byte]));
    stream.end();
  });
  expect(Buffer.from((await call()) ?? []).toString()).toBe(text);
});

test("what is not found, or not served, is no answer and no failure", async () => {
  for (const code of ["5", "12"]) {
    server.removeAllListeners("stream");
    server.on("stream", (stream) =>
      stream.respond({ ":status": 200, "grpc-status": code }, { endStream: true }),
    );
    expect(await call()).toBeUndefined();
  }
});

test.each([
  [
    "another status",
    framed(""),
    { "grpc-status": "13", "grpc-message": "broken" },
    /status 13 broken/,
  ],
  ["no status", framed("x"), {}, /without a gRPC status/],
  [
    "a cut frame",
    framed("abc").subarray(0, 6),
    { "grpc-status": "0" },
    /not one uncompressed message/,
  ],
  ["two messages", Buffer.concat([framed("a"), framed("b")]), { "grpc-status": "0" }, /not one/],
  ["more than it may", Buffer.alloc(5 << 20), { "grpc-status": "0" }, /more than/],
])("%s is a failure that says what came", async (_, body, trailers, message) => {
  server.on("stream", (stream) => {
    stream.on("error", () => undefined); // The client hangs up on too much.
    answer(stream, body, trailers);
  });
  await expect(call()).rejects.toMatchObject({ reason: "protocol" });
  await expect(call()).rejects.toThrow(message);
});

test("a server that hangs ends with the signal", async () => {
  const ending = new AbortController();
  server.on("stream", () => ending.abort());
  await expect(call(ending.signal)).rejects.toMatchObject({ reason: "timeout" });
});

test("no server is absent", async () => {
  const nowhere = { socketPath: join(folder, "none"), method: "a.B/C", request: new Uint8Array() };
  const signal = new AbortController().signal;
  await expect(callUnary({ ...nowhere, signal })).rejects.toMatchObject({ reason: "absent" });
  await expect(callUnary({ ...nowhere, signal: AbortSignal.abort() })).rejects.toMatchObject({
    reason: "timeout",
  });
});
