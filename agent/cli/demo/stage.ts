/** All that the demo starts; what outlives its process is its keeper's to take away. */
import { randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DemoAgent } from "./agent.ts";
import { Container, removeContainer } from "./container.ts";
import { Customers } from "./customers.ts";
import type { Keeper } from "./keeper.ts";
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
  readonly keeper: Keeper;
}

export class Stage {
  readonly folder: string;
  readonly agent: DemoAgent;
  readonly stock = new Upstream("stock", stockAddress);
  readonly payments = new Upstream("payments", paymentsAddress);
  readonly #options: StageOptions;
  readonly #token = randomBytes(24).toString("hex");
  readonly #rootfs: string;
  #customers: Customers | undefined;

  constructor(options: StageOptions) {
    this.#options = options;
    const { folder, mark } = options.keeper;
    this.folder = folder;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.#rootfs = join(this.folder, "rootfs");
    const policy = join(this.folder, "shop.yaml");
    const secrets = join(this.folder, "secrets");
    mkdirSync(secrets, { mode: 0o700 });
    writeFileSync(join(secrets, "alertmanager"), this.#token, { mode: 0o600 });
    writeFileSync(policy, policyOf({ alertsDrive: options.programs !== undefined }));
    this.agent = new DemoAgent({ folder, policy, secrets, mark });
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
    for (const upstream of [this.stock, this.payments]) await upstream.begin();
    await makeRootfs(this.#rootfs, this.#options.busybox);
    this.configure([this.stock]);
    this.#customers = new Customers(await this.#openShops());
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
      mark: this.#options.keeper.mark,
    });
    goOn();
    return url;
  }

  /** What the program asks, from its next order on. The file stays the one that it was. */
  configure(upstreams: readonly Upstream[]): void {
    const text = configurationFor(upstreams.map(({ url }) => url));
    writeFileSync(join(this.#rootfs, configuration), text);
  }

  /** What is in this process. */
  stop(): void {
    this.#customers?.stop();
    this.stock.stop();
    this.payments.stop();
  }

  async #openShops(): Promise<Map<Replica, string>> {
    const port = await freePort(...Object.values(addressOf));
    const shops = new Map<Replica, string>();
    for (const replica of replicas) {
      this.#options.goOn();
      const address = `${addressOf[replica]}:${port}`;
      const folder = join(this.folder, replica);
      // One that an earlier demo could not take away has its name.
      await removeContainer(replica);
      const { mark } = this.#options.keeper;
      await new Container({ replica, address, rootfs: this.#rootfs, folder, mark }).start();
      shops.set(replica, address);
    }
    return shops;
  }
}
