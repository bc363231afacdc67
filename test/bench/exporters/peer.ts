/**
 * A peer in a thread of its own, so that its work is not the sink's: says yes as each protocol
 * does, and counts decisions in what it is sent. While it is away it answers 503.
 */
import { createServer } from "node:http";
import { isMainThread, parentPort, Worker } from "node:worker_threads";
import { gunzipSync } from "node:zlib";

type Order = { readonly away: boolean } | "count";
type Said = { readonly port: number } | { readonly decisions: number };

export class CountingPeer implements AsyncDisposable {
  readonly port: number;
  readonly #worker: Worker;

  private constructor(worker: Worker, port: number) {
    this.#worker = worker;
    this.port = port;
  }

  static async start(): Promise<CountingPeer> {
    const worker = new Worker(new URL(import.meta.url));
    const said = await heard(worker);
    return new CountingPeer(worker, "port" in said ? said.port : 0);
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  away(away: boolean): void {
    this.#order({ away });
  }

  async decisions(): Promise<number> {
    const answer = heard(this.#worker);
    this.#order("count");
    const said = await answer;
    return "decisions" in said ? said.decisions : 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker.terminate();
  }

  #order(order: Order): void {
    this.#worker.postMessage(order);
  }
}

async function heard(worker: Worker): Promise<Said> {
  const { promise, resolve, reject } = Promise.withResolvers<Said>();
  worker.once("message", resolve);
  worker.once("error", reject);
  await promise;
  worker.off("error", reject);
  return promise;
}

/** What is in each record of a decision once, in each format. */
const mark = Buffer.from("denied-act-");

function serve(port: NonNullable<typeof parentPort>): void {
  let isAway = false;
  const acts = new Set<string>();
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      if (isAway) return void response.writeHead(503).end();
      const raw = Buffer.concat(parts);
      const body = request.headers["content-encoding"] === "gzip" ? gunzipSync(raw) : raw;
      for (let at = body.indexOf(mark); at >= 0; at = body.indexOf(mark, at + 1))
        acts.add(body.toString("latin1", at + mark.length, at + mark.length + 8));
      const [status, said] = answerTo(request.url ?? "", body);
      response.writeHead(status, { "content-type": "application/json" }).end(said);
    });
  });
  server.listen(0, "127.0.0.1", () => {
    const address = server.address();
    port.postMessage({ port: typeof address === "object" ? address?.port : 0 });
  });
  port.on("message", (order: Order) => {
    if (order === "count") port.postMessage({ decisions: acts.size });
    else isAway = order.away;
  });
}

function answerTo(path: string, body: Buffer): readonly [status: number, body: string] {
  if (path.includes("_bulk")) {
    const items = body.toString().split("\n").length >> 1;
    const item = '{"create":{"status":201}}';
    return [200, `{"errors":false,"items":[${Array(items).fill(item).join()}]}`];
  }
  if (path.startsWith("/services/collector")) return [200, '{"text":"Success","code":0}'];
  if (path.startsWith("/loki")) return [204, ""];
  return path.startsWith("/api/") ? [202, "{}"] : [200, "{}"];
}

if (!isMainThread && parentPort !== null) serve(parentPort);
