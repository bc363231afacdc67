/**
 * A fake of Datadog's API, for `pahlevan datadog apply`: there is no Datadog to be had in a test.
 * It knows what its official client's contract says of these requests (paths, fields, status codes
 * of @datadog/datadog-api-client 1.64.0), reads every body by that client's models, and answers as
 * they are read: with ids, dates and defaults that nobody sent, and tags in an order of its own.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { readAs } from "./models.ts";

type Json = Record<string, unknown>;

interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Record<string, string>;
}

export class DatadogApi implements AsyncDisposable {
  readonly keys = { api: "a".repeat(32), app: "b".repeat(40) };
  readonly monitors = new Map<string, Json>();
  readonly dashboards = new Map<string, Json>();
  readonly pipelines = new Map<string, Json>();
  /** "POST /api/v1/monitor", as they came. */
  readonly requests: string[] = [];
  /** So many requests are answered 429 first. */
  busy = 0;
  /** Of monitors whose query it calls wrong. */
  wrong = "";
  #ids = 1_000;
  readonly #server = createServer((request, response) => {
    this.#answer(request, response).catch((error: unknown) => {
      response.writeHead(500).end(String(error));
    });
  });

  static async start(): Promise<DatadogApi> {
    const api = new DatadogApi();
    await new Promise<void>((done) => api.#server.listen(0, "127.0.0.1", done));
    return api;
  }

  get url(): string {
    const address: AddressInfo | string | null = this.#server.address();
    return `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
  }

  /** Those that change something. */
  get writes(): string[] {
    return this.requests.filter((line) => !/^GET|\/validate$/.test(line));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = [];
    for await (const part of request) if (Buffer.isBuffer(part)) parts.push(part);
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://datadog");
    const line = `${request.method} ${pathname}`;
    this.requests.push(line);
    const text = Buffer.concat(parts).toString();
    const body: unknown = text === "" ? {} : JSON.parse(text);
    const { status, body: said, headers } = this.#judge(request, line, { body, searchParams });
    response.writeHead(status, { "content-type": "application/json", ...headers });
    response.end(JSON.stringify(said));
  }

  #judge(
    { headers }: IncomingMessage,
    line: string,
    { body, searchParams }: { body: unknown; searchParams: URLSearchParams },
  ): Answer {
    if (this.busy > 0) {
      this.busy -= 1;
      const reset = { "x-ratelimit-reset": "0", "x-ratelimit-limit": "100" };
      return { status: 429, body: { errors: ["Rate limit exceeded"] }, headers: reset };
    }
    const isKnown =
      headers["dd-api-key"] === this.keys.api && headers["dd-application-key"] === this.keys.app;
    if (!isKnown) return { status: 403, body: { errors: ["Forbidden"] } };
    const [method = "", path = ""] = line.split(" ");
    const [, place = "", id = ""] =
      /^\/api\/v1\/(monitor|dashboard|logs\/config\/pipelines)(?:\/([^/]+))?$/.exec(path) ?? [];
    try {
      if (place === "monitor") return this.#monitor(method, id, body, searchParams);
      if (place === "dashboard") return this.#dashboard(method, id, body);
      if (place !== "") return this.#pipeline(method, id, body);
    } catch (error) {
      return { status: 400, body: { errors: [String(error)] } };
    }
    return { status: 404, body: { errors: ["Not found"] } };
  }

  #monitor(method: string, id: string, body: unknown, asked: URLSearchParams): Answer {
    if (method === "GET") {
      const tag = asked.get("monitor_tags") ?? "";
      const size = Number(asked.get("page_size") ?? 100);
      const from = Number(asked.get("page") ?? 0) * size;
      const all = [...this.monitors.values()].filter((one) => tagsOf(one).includes(tag));
      return { status: 200, body: all.slice(from, from + size) };
    }
    readAs("v1", method === "PUT" ? "MonitorUpdateRequest" : "Monitor", body);
    const json = objectIn(body);
    if (this.wrong !== "" && json["name"] === this.wrong)
      return {
        status: 400,
        body: { errors: ["The value provided for parameter 'query' is invalid"] },
      };
    if (id === "validate") return { status: 200, body: {} };
    const options = { ...objectIn(json["options"]), notify_audit: false, silenced: {} };
    const tags = tagsOf(json).toSorted((one, other) => (one < other ? 1 : -1));
    const kept = { ...json, tags, options, multi: true, created: "2026-11-22T12:00:00+00:00" };
    return this.#keep(this.monitors, method, id, kept, Number);
  }

  #dashboard(method: string, id: string, body: unknown): Answer {
    if (method === "GET" && id === "") {
      const dashboards = [...this.dashboards.values()].map(
        ({ id: own, title, description, layout_type }) => ({
          id: own,
          title,
          description,
          layout_type,
        }),
      );
      return { status: 200, body: { dashboards } };
    }
    const there = this.dashboards.get(id);
    if (method === "GET") return there ? { status: 200, body: there } : none;
    readAs("v1", "Dashboard", body);
    const json = objectIn(body);
    const widgets = listIn(json["widgets"]).map((widget, at) => ({
      ...objectIn(widget),
      id: at + 1,
    }));
    return this.#keep(
      this.dashboards,
      method,
      id,
      { ...json, widgets, url: "/dashboard/x" },
      String,
    );
  }

  #pipeline(method: string, id: string, body: unknown): Answer {
    if (method === "GET") return { status: 200, body: [...this.pipelines.values()] };
    readAs("v1", "LogsPipeline", body);
    const kept = { ...objectIn(body), type: "pipeline", is_read_only: false };
    return this.#keep(this.pipelines, method, id, kept, String);
  }

  #keep(
    all: Map<string, Json>,
    method: string,
    id: string,
    json: Json,
    idOf: (text: string) => unknown,
  ): Answer {
    if (method === "PUT" && !all.has(id)) return none;
    const key = method === "PUT" ? id : String(++this.#ids);
    const kept = { ...json, id: idOf(key) };
    all.set(key, kept);
    return { status: 200, body: kept };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
  }
}

const none: Answer = { status: 404, body: { errors: ["Not found"] } };

function objectIn(value: unknown): Json {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

function listIn(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function tagsOf(json: Json): string[] {
  return listIn(json["tags"]).filter((tag) => typeof tag === "string");
}
