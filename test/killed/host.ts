/**
 * An agent's whole way of a signal, but for the kernel, whose tables only note what they are told:
 * receiver, inbox, loops, reducer, rows. Its clock stands until a message brings another time.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { join } from "node:path";
import { usualSettings } from "@pahlevan/core/loop/settings.ts";
import { signalKinds } from "@pahlevan/core/loop/signal.ts";
import { Receiver } from "@pahlevan/signals/receiver.ts";
import { Secrets } from "@pahlevan/signals/secrets.ts";
import * as z from "zod";
import { HostPolicies } from "../../agent/enforce/host-policies.ts";
import { HostLoop } from "../../agent/loop/host-loop.ts";
import { Store } from "../../agent/store/store.ts";
import { beginMs, identityOf, living, node, policies } from "./shop.ts";
import { ToldTables } from "./tables.ts";

/** The time at which a message is sent. */
export const timeHeader = "x-test-time";
const orderShape = z.object({ kind: z.enum(signalKinds), policy: z.string(), by: z.string() });

export const readyShape = z.object({
  url: z.string(),
  /** What the kernel was told last. */
  told: z.object({
    /** By slot, a digest of its tables. */
    held: z.array(z.tuple([z.number(), z.string()])),
    rows: z.number(),
  }),
});
export type Ready = z.infer<typeof readyShape>;
export type Told = Ready["told"];

export class Host implements AsyncDisposable {
  readonly store: Store;
  readonly #tables = new ToldTables();
  readonly #loop: HostLoop;
  readonly #policies: HostPolicies;
  readonly #receiver: Receiver;
  readonly #server = createServer((request, response) => void this.#answer(request, response));
  #nowMs: number;

  constructor(directory: string, nowMs: number) {
    this.#nowMs = nowMs;
    const clock = () => this.#nowMs;
    // What goes wrong in it is to end it: it would wait for ever, else.
    const complain = (says: string) => {
      throw new Error(says);
    };
    const store = Store.open({ stateDirectory: directory, decisionsKept: 1, signalsKept: 100_000 });
    this.store = store;
    // Pages and questions are objects.
    const warn = (what: unknown) => (typeof what === "string" ? complain(what) : undefined);
    const log = { info: () => {}, warn };
    const heartbeat = { isExpected: false, patienceMs: 24 * 3_600_000 };
    const loop = new HostLoop({
      telling: { tell: () => undefined },
      store,
      heartbeat,
      log,
      nowMs: clock,
    });
    this.#loop = loop;
    this.#policies = new HostPolicies({
      kernel: this.#tables.kernel,
      // Who is cut follows from the rows that the tables hold.
      cutOff: { keep: () => {}, ended: () => {}, isCut: () => false, whyNot: () => undefined },
      policies,
      mostWorkloads: 100,
      living: () => living,
      existing: () => living,
      identityOf,
      pathsOf: () => [],
      identityAt: (path) => {
        throw new Error(`nobody is awaited at ${path}`);
      },
      profiles: store.profiles,
      states: store.policies,
      loops: {
        all: () => loop.loops(),
        save: (changed, gone) => loop.saveLoops(changed, gone),
      },
      firing: () => loop.firing(),
      settings: usualSettings,
      heartbeat: (now) => loop.heartbeat(now),
      node,
      cluster: "",
      blind: () => new Set(),
      nowMs: clock,
      bootedMs: beginMs,
      reviewMs: 0,
      converged: () => undefined,
      left: () => undefined,
      perform: (workload, effect) => loop.perform(workload, effect),
      complain,
    });
    loop.begin(this.#policies);
    const secrets = new Secrets({ directory: join(directory, "secrets") }, nowMs);
    this.#receiver = new Receiver({ inbox: store.signals, secrets, nowMs: clock, complain });
  }

  async listen(): Promise<Ready> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.listen(0, "127.0.0.1", resolve);
    await promise;
    // By then it has also ended requests that the one before it has left open.
    await new Promise((go) => setImmediate(go));
    const address = this.#server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    return { url: `http://127.0.0.1:${port}`, told: this.told() };
  }

  told(): Told {
    return { held: this.#tables.told(), rows: this.#tables.rows };
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const nowMs = Number(request.headers[timeHeader] ?? this.#nowMs);
    if (nowMs !== this.#nowMs) {
      this.#nowMs = nowMs;
      this.#policies.tick();
    }
    if (request.url === "/order") response.end(await this.#order(request));
    else await this.#receiver.answer(request, response);
  }

  async #order(request: IncomingMessage): Promise<string> {
    const words = (await request.toArray()).join("");
    const { kind, policy, by } = orderShape.parse(JSON.parse(words));
    const told = await this.#loop.operate(kind, { policy }, by, { reason: by, all: false });
    return JSON.stringify(told);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.close(() => resolve());
    this.#server.closeAllConnections();
    await promise;
    this.store.close();
  }
}
