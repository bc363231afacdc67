/** All that the demo starts, and the order in which it goes again: the last first. */
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync, mkdirSync, existsSync, rmdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DemoAgent } from "./agent.ts";
import { Container } from "./container.ts";
import { Customers } from "./customers.ts";
import { startMonitoring, type Programs } from "./monitoring.ts";
import { policyOf } from "./policy.ts";
import { configuration, configurationFor } from "./program.ts";
import { freePort } from "./free-port.ts";
import { makeRootfs } from "./rootfs.ts";
import { Upstream } from "./upstream.ts";
import { addressOf, paymentsAddress, replicas, stockAddress, type Replica } from "./words.ts";

export interface StageOptions {
  readonly busybox: string;
  /** Undefined: the node itself drives the loop. */
  readonly programs: Programs | undefined;
  /** Throws when somebody wants an end. */
  readonly goOn: () => void;
  /** What it writes stays there. */
  readonly keep?: string;
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

  constructor(options: StageOptions) {
    this.#options = options;
    const { keep } = options;
    if (keep === undefined) {
      this.folder = mkdtempSync(join(tmpdir(), "pahlevan-demo-"));
      this.#undo.push(() => rmSync(this.folder, { recursive: true, force: true }));
    } else {
      this.folder = keep;
      mkdirSync(keep, { recursive: true, mode: 0o700 });
    }
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

  /** HOST:PORT of the agent's metrics, and of where it takes alerts. */
  async begin(): Promise<string> {
    return this.agent.start();
  }

  async open(): Promise<void> {
    for (const upstream of [this.stock, this.payments]) {
      this.#undo.push(() => upstream.stop());
      await upstream.begin();
    }
    await makeRootfs(this.#rootfs, this.#options.busybox);
    this.configure([this.stock]);
    const customers = new Customers(await this.#openShops());
    this.#customers = customers;
    this.#undo.push(() => customers.stop());
  }

  async firstOrder(): Promise<string> {
    const [first] = replicas;
    const { isServed, says } = await this.customers.order(first, "tea");
    if (!isServed) throw new Error(`the shop does not work here: ${says}`);
    return says;
  }

  /** Customers come, and who watches them: the address of Prometheus, where it is there. */
  async watch(pahlevan: string): Promise<string> {
    const { programs, goOn } = this.#options;
    const customers = await this.customers.begin();
    goOn();
    if (programs === undefined) return "";
    const url = await startMonitoring({
      folder: join(this.folder, "monitoring"),
      programs,
      token: this.#token,
      pahlevan,
      customers,
      begins: (server) => this.#undo.push(() => server.stop()),
    });
    goOn();
    return url;
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
    const port = await freePort(...Object.values(addressOf));
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
