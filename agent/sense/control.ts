/**
 * The agent's control socket: for root on this machine, by which `observe` and `debug` reach it.
 */
import { chmodSync, mkdirSync, unlinkSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { dirname } from "node:path";
import type { Agent } from "./agent.ts";
import {
  parseRequest,
  requestBytes,
  type HoldAnswer,
  type Move,
  type Moved,
  type StartingContainer,
} from "./control-protocol.ts";
import { observe } from "./observer.ts";

export interface ControlOptions {
  readonly agent: Agent;
  readonly path: string;
  readonly observeBuffer: number;
  readonly version: string;
  /** What `status` answers. */
  readonly status: () => object;
  /** What `hold` does; undefined where no policies are held. */
  readonly hold?: (container: StartingContainer) => Promise<HoldAnswer>;
  /** What `move` does; likewise. */
  readonly move?: (move: Move) => Promise<readonly Moved[]>;
}

const clientLimit = 64;
const requestMs = 5_000;

export class Control {
  readonly #options: ControlOptions;
  readonly #server: Server;
  readonly #clients = new Set<Socket>();
  #skipped = 0;

  private constructor(options: ControlOptions) {
    this.#options = options;
    this.#server = createServer({ allowHalfOpen: true }, (client) => this.#serve(client));
    this.#server.maxConnections = clientLimit;
  }

  /**
   * Whoever asks first makes sure that no other agent answers there: a dead one's socket is
   * replaced.
   */
  static async open(options: ControlOptions): Promise<Control> {
    const { path } = options;
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    try {
      unlinkSync(path);
    } catch {
      // There was none.
    }
    const control = new Control(options);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    control.#server.once("error", reject);
    // Made with no rights for others, so that there is no moment in which they could connect.
    const before = process.umask(0o177);
    control.#server.listen(path, resolve);
    process.umask(before);
    await promise;
    chmodSync(path, 0o600);
    return control;
  }

  get connected(): number {
    return this.#clients.size;
  }

  get skipped(): number {
    return this.#skipped;
  }

  /** Every client has been sent away, and the socket is gone. */
  async close(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.close(() => resolve());
    for (const client of this.#clients) client.destroySoon();
    setTimeout(() => this.#clients.forEach((client) => client.destroy()), 200).unref();
    await promise;
  }

  #serve(client: Socket): void {
    this.#clients.add(client);
    let stop: () => void = () => undefined;
    client.on("error", () => client.destroy());
    client.on("close", () => {
      stop();
      this.#clients.delete(client);
    });
    client.setTimeout(requestMs, () => client.destroy());
    let received = "";
    const onData = (chunk: Buffer) => {
      received += chunk.toString("utf8");
      const end = received.indexOf("\n");
      if (end < 0 && received.length <= requestBytes) return;
      client.off("data", onData);
      client.setTimeout(0);
      stop = this.#answer(client, end < 0 ? "" : received.slice(0, end));
      // Nothing more is expected; its end is.
      client.on("data", () => undefined);
      client.on("end", () => client.end());
    };
    client.on("data", onData);
  }

  #answer(client: Socket, line: string): () => void {
    const { agent, observeBuffer: limit, version, status, hold, move } = this.#options;
    const answerWith = (answer: Promise<object>) => {
      const tell = async () => client.end(`${JSON.stringify(await answer)}\n`);
      tell().catch(refuse);
      return () => undefined;
    };
    const refuse = (error: unknown) => {
      const message = error instanceof Error ? error.message : String(error);
      client.end(`${JSON.stringify({ error: message })}\n`);
    };
    try {
      const request = parseRequest(line);
      if ("status" in request) {
        client.end(`${JSON.stringify(status())}\n`);
        return () => undefined;
      }
      if ("hold" in request) {
        if (hold === undefined) throw new Error("the agent holds no policies");
        return answerWith(hold(request.hold));
      }
      if ("move" in request) {
        if (move === undefined) throw new Error("the agent holds no policies");
        return answerWith(move(request.move));
      }
      const onSkipped = (count: number) => void (this.#skipped += count);
      return observe({ agent, request, reader: client, limit, version, onSkipped });
    } catch (error) {
      refuse(error);
      return () => undefined;
    }
  }
}
