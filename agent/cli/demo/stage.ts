/** All that the demo starts, and the order in which it goes again: the last first. */
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync, mkdirSync, existsSync, rmdirSync } from "node:fs";
import { createServer } from "node:net";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DemoAgent } from "./agent.ts";
import { Container } from "./container.ts";
import { Customers } from "./customers.ts";
import { startMonitoring, type Programs } from "./monitoring.ts";
import { policyOf } from "./policy.ts";
import { configuration, configurationFor } from "./program.ts";
import { makeRootfs } from "./rootfs.ts";
import { Upstream } from "./upstream.ts";
import { addressOf, paymentsAddress, replicas, stockAddress, type Replica } from "./words.ts";

export interface StageOptions {
  readonly busybox: string;
  /** Undefined: the node itself drives the loop. */
  readonly programs: Programs | undefined;
  /** Throws when somebody wants an end. */
  readonly goOn: () => void;
}

export class Stage {
  readonly folder: string;
  readonly agent: DemoAgent;
  readonly stock = new Upstream("stock", stockAddress);
  readonly payments = new Upstream("payments", paymentsAddress);
  readonly #options: StageOptions;
  readonly #token = randomBytes(24).toString("hex");
  readonly #undo: (() => void | Promise<void>)[] = [];
  readonly #rootfs: string;
  #customers: Customers | undefined;
  /** HOST:PORT of Prometheus. */
  prometheus: string | undefined;

  constructor(options: StageOptions) {
    this.#options = options;
    this.folder = mkdtempSync(join(tmpdir(), "pahlevan-demo-"));
    this.#undo.push(() => rmSync(this.folder, { recursive: true, force: true }));
    this.#rootfs = join(this.folder, "rootfs");
    const policy = join(this.folder, "shop.yaml");
    const secrets = join(this.folder, "secrets");
    mkdirSync(secrets, { mode: 0o700 });
    writeFileSync(join(secrets, "alertmanager"), this.#token, { mode: 0o600 });
    writeFileSync(policy, policyOf({ alertsDrive: options.programs !== undefined }));
    this.agent = new DemoAgent({ folder: this.folder, policy, secrets });
    this.#undo.push(() => this.agent.server.stop());
  }

  get customers(): Customers {
    if (this.#customers === undefined) throw new Error("the shop is not open yet");
    return this.#customers;
  }

  /** Agent, replicas, customers, and whoever watches them. */
  async open(): Promise<void> {
    const { busybox, programs, goOn } = this.#options;
    const pahlevan = await this.agent.start();
    for (const upstream of [this.stock, this.payments]) {
      await upstream.begin();
      this.#undo.push(() => upstream.stop());
    }
    await makeRootfs(this.#rootfs, busybox);
    this.configure([this.stock]);
    const shops = await this.#openShops();
    const customers = new Customers(shops);
    this.#customers = customers;
    this.#undo.push(() => customers.stop());
    const orders = await customers.begin();
    goOn();
    if (programs === undefined) return;
    this.prometheus = await startMonitoring({
      folder: join(this.folder, "monitoring"),
      programs,
      token: this.#token,
      pahlevan,
      customers: orders,
      begins: (server) => this.#undo.push(() => server.stop()),
    });
    goOn();
  }

  /** What the program asks, from its next order on. The file stays the one that it was. */
  configure(upstreams: readonly Upstream[]): void {
    const text = configurationFor(upstreams.map(({ url }) => url));
    writeFileSync(join(this.#rootfs, configuration), text);
  }

  /** What cannot be taken away keeps nothing else from going. */
  async close(): Promise<void> {
    const failures: unknown[] = [];
    for (const undo of this.#undo.splice(0).toReversed()) {
      try {
        await undo();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, failures.map(String).join("\n"));
  }

  async #openShops(): Promise<Map<Replica, string>> {
    const port = await freePort(Object.values(addressOf));
    const shops = new Map<Replica, string>();
    this.#undo.push(leaveAsFound("/run/runc"));
    for (const replica of replicas) {
      this.#options.goOn();
      const address = `${addressOf[replica]}:${port}`;
      const folder = join(this.folder, replica);
      const container = new Container({ replica, address, rootfs: this.#rootfs, folder });
      // One that an earlier demo could not take away has its name.
      await container.remove();
      this.#undo.push(() => container.remove());
      await container.start();
      shops.set(replica, address);
    }
    return shops;
  }
}

/** Of all these addresses. */
async function freePort(addresses: readonly string[]): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 10_000);
    const free = await Promise.all(addresses.map((address) => isFree(address, port)));
    if (free.every(Boolean)) return port;
  }
}

async function isFree(address: string, port: number): Promise<boolean> {
  const server = createServer();
  try {
    const listening = once(server, "listening");
    server.listen(port, address);
    await listening;
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}

/** runc makes its folder where it is not there. */
function leaveAsFound(folder: string): () => void {
  if (existsSync(folder)) return () => undefined;
  return () => {
    try {
      rmdirSync(folder);
    } catch {
      // Not made, or others use it by now.
    }
  };
}
