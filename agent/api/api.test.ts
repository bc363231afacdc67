/** What the document says is what the listener does: each path and method, each answer. */
import { createHmac } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import * as z from "zod";
import { Receiver } from "@pahlevan/signals/receiver.ts";
import { Secrets } from "@pahlevan/signals/secrets.ts";
import type { ToldLoop } from "../cli/loop/told.ts";
import { LoopPages } from "../loop/loop-pages.ts";
import type { Move } from "../sense/control-protocol.ts";
import { HttpServer } from "../sense/http.ts";
import { apiPage } from "./api-page.ts";
import { documentPath } from "./document.ts";

const folder = mkdtempSync(join(tmpdir(), "pahlevan-api-"));
afterAll(() => rmSync(folder, { recursive: true }));

const key = Buffer.alloc(24, 7);
const secretOf: Readonly<Record<string, string>> = {
  alertmanager: "alertmanager-secret",
  grafana: "the-grafana-secret",
  datadog: "the-datadog-secret",
  generic: `whsec_${key.toString("base64")}`,
  operator: "alice the-secret-of-alice",
  viewer: "vera the-secret-of-vera",
};
for (const [sender, secret] of Object.entries(secretOf))
  writeFileSync(join(folder, sender), secret);

const schema = z.record(z.string(), z.unknown());
const documentShape = z.object({
  openapi: z.literal("3.1.0"),
  paths: z.record(
    z.string(),
    z.record(
      z.string(),
      z.object({
        operationId: z.string(),
        security: z.array(z.record(z.string(), z.array(z.string()))),
        parameters: z.array(z.object({ name: z.string(), in: z.string(), schema })).default([]),
        requestBody: z.object({ content: z.record(z.string(), z.object({ schema })) }).optional(),
        responses: z.record(
          z.string(),
          z.object({ content: z.object({ "application/json": z.object({ schema }) }) }),
        ),
      }),
    ),
  ),
  components: z.object({ securitySchemes: z.record(z.string(), z.unknown()) }),
});

const loop: ToldLoop = {
  ...{ policy: "web", namespace: "host", workload: "web", phase: "Learning", why: "it is new" },
  ...{ sinceMs: 1, step: 0, instances: 1, enforcing: 0, refused: false },
  ...{ next: [], candidates: [], loosened: [], transitions: [] },
  cut: { instances: 0, packets: 0, refused: [] },
};

async function start() {
  const complain = () => undefined;
  const inbox = {
    endOf: () => undefined,
    accept: () => Promise.resolve({ changed: 1, known: 0 }),
  };
  const secrets = new Secrets({ directory: folder }, 0);
  // The bucket of guesses is for another test.
  const limits = { wrongRate: { perSecond: 1e6, burst: 1e6 } };
  const receiver = new Receiver({ inbox, secrets, nowMs: Date.now, complain, limits });
  const move = ({ kind }: Move) => {
    const outcome = kind === "advance" ? "ignored" : "accepted";
    return Promise.resolve([{ workload: "web", policy: "web", outcome, says: "so" }]);
  };
  const { door, counts } = receiver;
  const pages = new LoopPages({ door, counts, loops: () => [loop], move, complain });
  const health = () => ({ ok: true, reasons: [] });
  const http = new HttpServer(
    { metrics: () => Promise.reject(new Error("not asked")), healthy: health, ready: health },
    { others: () => [receiver, pages, apiPage] },
  );
  const url = `http://127.0.0.1:${await http.listen("127.0.0.1", 0)}`;
  const served = await (await fetch(url + documentPath)).json();
  return { url, document: documentShape.parse(served), [Symbol.asyncDispose]: () => http.close() };
}

/** A request that is right, for each operation: what it sends, and as whom. */
const alert = {
  status: "firing",
  labels: { alertname: "A", policy: "web", pahlevan_signal: "rollback" },
  startsAt: "2026-11-22T06:30:10Z",
};
const data = { signal: "rollback", policy: "web" };
const right: Readonly<Record<string, { by: string; body?: unknown; path?: string }>> = {
  alertmanagerSignals: { by: "alertmanager", body: { version: "4", alerts: [alert] } },
  grafanaSignals: { by: "grafana", body: { version: "1", orgId: 1, alerts: [alert] } },
  grafanaSignalsPut: { by: "grafana", body: { version: "1", truncatedAlerts: 2, alerts: [] } },
  datadogSignals: {
    by: "datadog",
    body: {
      ...{ source: "datadog", v: 1, alert_id: 7, cycle: "8", transition: "Triggered" },
      tags: "policy:web,pahlevan_signal:rollback",
    },
  },
  genericSignals: {
    by: "generic",
    body: { type: "pahlevan.signal", timestamp: "2026-11-22T06:30:10Z", data },
  },
  loops: { by: "viewer" },
  loopsOfPolicy: { by: "viewer", path: "/v1/loop/web?namespace=host" },
  moveLoops: { by: "operator", path: "/v1/loop/web:rollback", body: { reason: "x" } },
  emergencyForAll: { by: "operator", body: { reason: "x" } },
  endEmergencies: { by: "operator", body: { reason: "x" } },
};

/** Signed where it has to be. */
function headersOf(by: string, text: string): Record<string, string> {
  const [secret = ""] = secretOf[by]?.split(" ").slice(-1) ?? [];
  const type = { "content-type": "application/json" };
  if (by !== "generic") return { ...type, authorization: `Bearer ${secret}` };
  const seconds = String(Math.floor(Date.now() / 1_000));
  const hmac = createHmac("sha256", key).update(`id.${seconds}.${text}`).digest("base64");
  return {
    ...type,
    ...{ "webhook-id": "id", "webhook-timestamp": seconds, "webhook-signature": `v1,${hmac}` },
  };
}

const all = Object.keys(right);
const ajv = new Ajv2020();

type Running = Awaited<ReturnType<typeof start>>;

function operationOf({ document }: Running, id: string) {
  for (const [path, methods] of Object.entries(document.paths))
    for (const [method, operation] of Object.entries(methods))
      if (operation.operationId === id) return { path, method: method.toUpperCase(), ...operation };
  throw new Error(`the document has no ${id}`);
}

/** The status of an answer that is one of those that the document has, in its form. */
async function documented(running: Running, id: string, init: RequestInit, path?: string) {
  const operation = operationOf(running, id);
  const answer = await fetch(running.url + (path ?? operation.path), {
    method: operation.method,
    ...init,
  });
  const body: unknown = await answer.json();
  const told = operation.responses[answer.status]?.content["application/json"].schema;
  if (told === undefined) throw new Error(`${id} answers ${answer.status}, says no document`);
  if (!ajv.validate(told, body))
    throw new Error(`${id}, ${answer.status}: ${ajv.errorsText()}: ${JSON.stringify(body)}`);
  return answer.status;
}

describe("the document", () => {
  it("names each operation once, its parameters, and how to prove who one is", async () => {
    await using it = await start();
    const operations = Object.entries(it.document.paths).flatMap(([path, methods]) =>
      Object.values(methods).map((operation) => ({ path, ...operation })),
    );
    expect(operations.map(({ operationId }) => operationId).toSorted()).toEqual(all.toSorted());
    for (const { path, parameters, security } of operations) {
      const inPath = parameters.filter((each) => each.in === "path").map(({ name }) => `{${name}}`);
      expect(path.match(/\{\w+\}/g) ?? []).toEqual(inPath);
      for (const name of security.flatMap(Object.keys))
        expect(it.document.components.securitySchemes).toHaveProperty(name);
    }
  });

  it("is there to be read only", async () => {
    await using it = await start();
    const answer = await fetch(it.url + documentPath, { method: "POST", body: "{}" });
    expect([answer.status, answer.headers.get("allow")]).toEqual([405, "GET"]);
  });
});

describe.each(all)("%s", (id) => {
  const { by = "", body, path } = right[id] ?? {};
  const text = body === undefined ? undefined : JSON.stringify(body);
  const sends = text === undefined ? {} : { body: text };

  it("takes what the document says that it takes, and answers in that form", async () => {
    await using it = await start();
    const takes = operationOf(it, id).requestBody?.content["application/json"]?.schema;
    expect(takes === undefined).toBe(body === undefined);
    if (takes !== undefined) expect(ajv.validate(takes, body)).toBe(true);
    const status = await documented(it, id, { ...sends, headers: headersOf(by, text ?? "") }, path);
    expect(status).toBe(200);
  });

  it("is opened by nobody else's credentials", async () => {
    await using it = await start();
    // Operators may look, too.
    const others = Object.keys(secretOf).filter((each) => each !== by && each !== "operator");
    for (const other of [...others, ""]) {
      const headers = headersOf(other, text ?? "");
      expect(await documented(it, id, { ...sends, headers }, path)).toBe(401);
    }
  });

  it("has no other method", async () => {
    await using it = await start();
    const { path: written } = operationOf(it, id);
    const there = Object.keys(it.document.paths[written] ?? {});
    for (const method of ["put", "patch", "delete"].filter((each) => !there.includes(each))) {
      const answer = await fetch(it.url + (path ?? written), {
        ...{ method: method.toUpperCase(), body: "{}" },
        headers: { "content-type": "application/json" },
      });
      expect([method, answer.status]).toEqual([method, 405]);
    }
  });

  it("answers whatever is sent in a way that the document has", async () => {
    await using it = await start();
    const sent = fc.oneof(fc.json(), fc.string({ unit: "binary" }));
    const mangled = fc.constantFrom("application/json", "text/plain");
    await fc.assert(
      fc.asyncProperty(sent, mangled, async (any, type) => {
        const init = body === undefined ? {} : { body: any };
        const headers = { ...headersOf(by, any), "content-type": type };
        await documented(it, id, { ...init, headers }, path);
      }),
      { numRuns: 25 },
    );
  });
});

it("a message of which something is refused is answered in that form, too", async () => {
  await using it = await start();
  const body = JSON.stringify({ version: "4", alerts: [alert, {}], truncatedAlerts: 1 });
  const headers = headersOf("alertmanager", body);
  expect(await documented(it, "alertmanagerSignals", { body, headers })).toBe(200);
});

it("an operator's other answers have their form, too", async () => {
  await using it = await start();
  const headers = headersOf("operator", "");
  const body = JSON.stringify({ reason: "x" });
  const move = (path: string) => documented(it, "moveLoops", { body, headers }, path);
  expect(await move("/v1/loop/web:advance")).toBe(409);
  expect(await move("/v1/loop/wep:advance")).toBe(404);
  expect(await move("/v1/loop/web:dance")).toBe(404);
  expect(await move("/v1/loop/web:advance?namspace=x")).toBe(400);
  expect(await documented(it, "loopsOfPolicy", { headers }, "/v1/loop/wep")).toBe(404);
  expect(await documented(it, "loops", { headers }, "/v1/loop?namspace=x")).toBe(400);
});
