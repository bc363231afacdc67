import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { RequestListener, Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { dockerSource } from "./docker.ts";
import { asSourceFailure } from "./source.ts";

let folder: string;
let server: Server | undefined;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "docker-source-"));
});
afterEach(async () => {
  server?.closeAllConnections();
  server?.close();
  server = undefined;
  await rm(folder, { recursive: true, force: true });
});

const socketPath = () => join(folder, "docker.sock");
const id = "aa".repeat(32);
const question = { id, level: `/docker/${id}` };
const alive = () => new AbortController().signal;

async function serve(listener: RequestListener): Promise<void> {
  const started = createServer(listener);
  server = started;
  await new Promise<void>((resolve) => started.listen(socketPath(), resolve));
}

test("a container's name, image and labels are read from the Engine API", async () => {
  const asked: (string | undefined)[] = [];
  await serve((request, response) => {
    asked.push(request.url);
    response.end(
      JSON.stringify({
        Id: id,
        Name: "/shop-web-1",
        Image: "sha256:0011",
        Config: {
          Image: "nginx:1.29",
          Labels: { "com.docker.compose.service": "web", odd: 7 },
        },
      }),
    );
  });
  expect(await dockerSource("docker", socketPath).find(question, alive())).toEqual({
    id,
    name: "shop-web-1",
    image: "nginx:1.29",
    runtime: "docker",
    labels: { "com.docker.compose.service": "web" },
    final: true,
  });
  expect(asked).toEqual([`/containers/${id}/json`]);
});

test("a rootless container is asked for at its user's socket", async () => {
  const asked: (number | undefined)[] = [];
  const source = dockerSource("podman", (uid) => {
    asked.push(uid);
    return socketPath();
  });
  await expect(source.find({ ...question, uid: 1000 }, alive())).rejects.toMatchObject({
    reason: "absent",
  });
  expect(asked).toEqual([1000]);
});

test("a container that it does not know is no failure", async () => {
  await serve((_, response) => response.writeHead(404).end('{"message":"No such container"}'));
  expect(await dockerSource("docker", socketPath).find(question, alive())).toBeUndefined();
});

test("an id that is none is never put into a request", () => {
  const source = dockerSource("docker", socketPath);
  expect(source.applies({ ...question, id: "../images" })).toBe(false);
  expect(source.applies({ level: "/batch" })).toBe(false);
  expect(source.applies(question)).toBe(true);
});

test.each([
  ["an error of the daemon", (_, response) => response.writeHead(500).end()],
  ["an answer that is not JSON", (_, response) => response.end("<html>")],
  ["an answer without end", (_, response) => pour(response)],
  ["a connection that breaks", (request) => request.destroy()],
] satisfies [string, RequestListener][])("%s is a failure of protocol", async (_, listener) => {
  await serve(listener);
  const found = dockerSource("docker", socketPath).find(question, alive());
  const failure = await found.catch((error: unknown) => asSourceFailure(error, "docker"));
  expect(failure).toMatchObject({ reason: "protocol" });
});

/** Writes until the other side hangs up. */
function pour(response: Parameters<RequestListener>[1]): void {
  const more = () => {
    while (!response.destroyed && response.write(Buffer.alloc(65_536, "x")));
  };
  response.on("drain", more);
  more();
}

test("a daemon that hangs ends with its signal", async () => {
  await serve(() => undefined);
  const ending = new AbortController();
  const found = dockerSource("docker", socketPath).find(question, ending.signal);
  server?.once("request", () => ending.abort());
  await expect(found).rejects.toMatchObject({ reason: "timeout" });
});
