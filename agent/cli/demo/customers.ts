/** Customers of the shop: they order at each replica in turn, and count what they get. */
import { createServer, type Server } from "node:http";
import { once } from "node:events";
import { page } from "./program.ts";
import type { Replica } from "./words.ts";

const everyMs = 250;
/** On a machine that emulates another one, programs start slowly. */
const patienceMs = 30_000;

interface Order {
  readonly replica: Replica;
  readonly isServed: boolean;
  readonly says: string;
}

export class Customers {
  served = 0;
  failed = 0;
  last: Order | undefined;
  lastFailed: Order | undefined;
  readonly #shops: ReadonlyMap<Replica, string>;
  readonly #left = new Set<Replica>();
  readonly #exporter: Server;
  #timer: NodeJS.Timeout | undefined;
  #turn = 0;
  #isBeingServed = false;

  /** `shops`: HOST:PORT of each replica. */
  constructor(shops: ReadonlyMap<Replica, string>) {
    this.#shops = shops;
    this.#exporter = createServer((_, response) => response.end(this.#metrics()));
  }

  /** HOST:PORT of their metrics. */
  async begin(): Promise<string> {
    this.#exporter.listen(0, "127.0.0.1");
    await once(this.#exporter, "listening");
    this.#timer = setInterval(() => void this.#turnsUp(), everyMs);
    const address = this.#exporter.address();
    return typeof address === "object" ? `127.0.0.1:${address?.port}` : "";
  }

  /** A load balancer takes a replica out. */
  leave(replica: Replica): void {
    this.#left.add(replica);
  }

  async order(replica: Replica, item: string): Promise<Order> {
    const url = `http://${this.#shops.get(replica)}${page}?item=${encodeURIComponent(item)}`;
    try {
      const answer = await fetch(url, { signal: AbortSignal.timeout(patienceMs) });
      return { replica, isServed: answer.ok, says: (await answer.text()).trim() };
    } catch (error) {
      return { replica, isServed: false, says: String(error) };
    }
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#exporter.closeAllConnections();
    this.#exporter.close();
  }

  /** One at a time: who is slow is not overrun. */
  async #turnsUp(): Promise<void> {
    if (this.#isBeingServed) return;
    this.#isBeingServed = true;
    await this.#order();
    this.#isBeingServed = false;
  }

  async #order(): Promise<void> {
    const all = [...this.#shops.keys()].filter((replica) => !this.#left.has(replica));
    const replica = all[this.#turn++ % all.length];
    if (replica === undefined) return;
    const order = await this.order(replica, "tea");
    this.last = order;
    if (order.isServed) this.served++;
    else {
      this.failed++;
      this.lastFailed = order;
    }
  }

  #metrics(): string {
    const line = (outcome: string, times: number) =>
      `shop_orders_total{outcome="${outcome}"} ${times}\n`;
    return `# TYPE shop_orders_total counter\n${line("served", this.served)}${line("failed", this.failed)}`;
  }
}
