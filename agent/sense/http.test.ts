import { request } from "node:http";
import { gzipSync } from "node:zlib";
import { afterEach, expect, it } from "vitest";
import { HttpServer } from "./http.ts";
import type { Health } from "./pages.ts";

let health: Health = { ok: true, reasons: [] };
const server = new HttpServer({
  metrics: async ({ accept }) => {
    const contentType = `text/plain; for=${accept}`;
    if (accept !== "x/zipped") return { contentType, body: "up 1\n" };
    return { contentType, body: gzipSync("up 1\n"), encoding: "gzip" };
  },
  healthy: () => ({ ok: true, reasons: [] }),
  ready: () => health,
});
const port = await server.listen("127.0.0.1", 0);
const get = (path: string, init?: RequestInit) => fetch(`http://127.0.0.1:${port}${path}`, init);

afterEach(() => {
  health = { ok: true, reasons: [] };
});

it("says not ready, and why", async () => {
  health = { ok: false, reasons: ["attaching hooks"] };
  const answer = await get("/readyz");
  expect(answer.status).toBe(503);
  expect(await answer.json()).toEqual({ ok: false, reasons: ["attaching hooks"] });
  expect((await get("/healthz")).status).toBe(200);
});

it("hands the scraper's wish on", async () => {
  const answer = await get("/metrics", { headers: { accept: "x/y" } });
  expect(answer.headers.get("content-type")).toBe("text/plain; for=x/y");
  expect(await answer.text()).toBe("up 1\n");
});

it("says how a page of metrics was encoded, and what that hung on", async () => {
  const answer = await get("/metrics", { headers: { accept: "x/zipped" } });
  expect(answer.headers.get("content-encoding")).toBe("gzip");
  expect(answer.headers.get("vary")).toBe("accept, accept-encoding");
  expect(await answer.text()).toBe("up 1\n");
});

it("refuses to be written to", async () => {
  expect((await get("/metrics", { method: "POST", body: "x" })).status).toBe(405);
  expect((await get("/nothing")).status).toBe(404);
});

it("refuses headers without end", async () => {
  const { promise, resolve } = Promise.withResolvers<number | undefined>();
  const headers = { long: "x".repeat(32_768) };
  request({ port, host: "127.0.0.1", path: "/metrics", headers }, (answer) => {
    answer.resume();
    resolve(answer.statusCode);
  }).end();
  expect(await promise).toBe(431);
});

it("ends although a client keeps its connection", async () => {
  await (await get("/healthz")).text();
  await server.close();
  await expect(get("/healthz")).rejects.toThrow();
});
