/**
 * Asks Alertmanager for all its alerts, when it was told to send only some of them in a message.
 * Where it is comes from the configuration alone: an address in a message would be the sender's
 * choice of whom we ask.
 */
import type { IncomingMessage } from "node:http";
import * as z from "zod";
import { alertShape, kindLabel } from "./alert.ts";

export interface PullSettings {
  /** Such as http://alertmanager:9093, or with the path that it is served under. */
  readonly url: string;
  readonly bearer?: string;
  readonly withinMs?: number;
}

const mostBytes = 16 << 20;
const usualMs = 5_000;

const answerShape = z.array(
  alertShape.omit({ status: true }).extend({ status: z.object({ state: z.string() }) }),
);

/** One at a time; whoever asks meanwhile shares the one after it, which will have what is new. */
export class Pull {
  readonly #settings: PullSettings;
  #running: Promise<unknown> = Promise.resolve();
  #next: Promise<readonly unknown[]> | undefined;

  constructor(settings: PullSettings) {
    this.#settings = settings;
  }

  /** As a message has them; rejects if Alertmanager does not answer, or too much. */
  alerts(): Promise<readonly unknown[]> {
    this.#next ??= this.#running
      .catch(() => {})
      .then(() => {
        this.#next = undefined;
        const now = this.#ask();
        this.#running = now;
        return now;
      });
    return this.#next;
  }

  async #ask(): Promise<readonly unknown[]> {
    const { url, bearer, withinMs = usualMs } = this.#settings;
    const wanted = new URL(`${url.replace(/\/+$/, "")}/api/v2/alerts`);
    wanted.searchParams.set("active", "true");
    wanted.searchParams.set("silenced", "false");
    wanted.searchParams.set("inhibited", "false");
    wanted.searchParams.set("filter", `${kindLabel}!=""`);
    const read = answerShape.safeParse(JSON.parse(await bounded(wanted, withinMs, bearer)));
    if (!read.success) throw new Error(`${wanted.origin} does not answer as Alertmanager does`);
    return read.data
      .filter(({ status }) => status.state === "active")
      .map((alert) => ({ ...alert, status: "firing" }));
  }
}

/** Not by `fetch`, which an import of `node:http` brings, too: 12 MB of memory for good. */
async function bounded(url: URL, withinMs: number, bearer: string | undefined): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const { get } = process.getBuiltinModule(url.protocol === "https:" ? "node:https" : "node:http");
  const headers = {
    accept: "application/json",
    ...(bearer !== undefined && { authorization: `Bearer ${bearer}` }),
  };
  get(url, { headers, agent: false, signal: AbortSignal.timeout(withinMs) }, resolve).once(
    "error",
    reject,
  );
  const answer = await promise;
  try {
    if (answer.statusCode !== 200) throw new Error(`${url.origin} answered ${answer.statusCode}`);
    const chunks: Buffer[] = [];
    let sizeBytes = 0;
    const body: AsyncIterable<Buffer> = answer;
    for await (const chunk of body) {
      sizeBytes += chunk.length;
      if (sizeBytes > mostBytes) throw new Error(`more than ${mostBytes} bytes of alerts`);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks).toString();
  } finally {
    answer.destroy();
  }
}
