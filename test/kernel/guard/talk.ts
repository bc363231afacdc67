/** A service that talks all the time, in a cgroup and a network of its own, and who it talks to. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { createInterface, type Interface } from "node:readline";
import { mkdirSync, rmdirSync } from "node:fs";

const script = join(import.meta.dirname, "talker.pl");
/** Of a connection that stands, what was on its way is there after the first of them. */
const ticks = { onTheWay: 5, looked: 20 };

export interface TalkerOptions {
  readonly cgroup: string;
  /** Of a network namespace. */
  readonly network: string;
  readonly peer: readonly [address: string, port: number];
  /** The port on which it says how it is. */
  readonly own: number;
}

export class Talker implements AsyncDisposable {
  readonly cgroup: string;
  readonly own: number;
  readonly #process: ChildProcess;
  readonly #lines: Interface;
  readonly #heard: string[] = [];
  #dialled: string[] = [];
  #ticks = 0;

  static async begin(options: TalkerOptions): Promise<Talker> {
    const talker = new Talker(options);
    await talker.#more(1);
    return talker;
  }

  private constructor({ cgroup, network, peer, own }: TalkerOptions) {
    this.cgroup = cgroup;
    this.own = own;
    mkdirSync(cgroup, { recursive: true });
    const words = ["perl", script, ...peer.map(String), String(own)];
    const enter = 'echo $$ >"$0/cgroup.procs" && exec nsenter "--net=$1" -- "${@:2}"';
    const stdio = ["pipe", "pipe", "inherit"] as const;
    this.#process = spawn("bash", ["-c", enter, cgroup, network, ...words], {
      stdio: [...stdio],
    });
    if (this.#process.stdout === null) throw new Error("a talker without output");
    this.#lines = createInterface(this.#process.stdout).on("line", (line) => {
      const [what = "", said = ""] = line.split(" ");
      if (what === "tick") this.#ticks = Number(said);
      if (what === "heard") this.#heard.push(said);
      if (what === "dialled") this.#dialled.push(said);
    });
  }

  async dials(): Promise<boolean> {
    this.#dialled = [];
    this.#process.stdin?.write("dial\n");
    while (this.#dialled.length === 0) await once(this.#lines, "line");
    return this.#dialled[0] === "yes";
  }

  /** Whether what it says comes there, and what is said to it comes here. */
  async talksTo(intruder: Intruder): Promise<{ said: boolean; heard: boolean }> {
    const order = intruder.orders();
    await this.#more(ticks.onTheWay);
    const before = intruder.bytes;
    await this.#more(ticks.looked);
    return { said: intruder.bytes > before, heard: this.#heard.includes(order) };
  }

  /** Again, over the connection that stands: TCP waits twice as long before each try. */
  async isHeardBy(intruder: Intruder): Promise<void> {
    const before = intruder.bytes;
    const order = intruder.orders();
    while (intruder.bytes === before || !this.#heard.includes(order)) await this.#more(1);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    this.#process.kill("SIGKILL");
    await once(this.#process, "exit");
    rmdirSync(this.cgroup);
  }

  async #more(count: number): Promise<void> {
    const goal = this.#ticks + count;
    while (this.#ticks < goal) {
      if (this.#process.exitCode !== null) throw new Error("the talker has ended");
      await once(this.#lines, "line");
    }
  }
}

export class Intruder implements AsyncDisposable {
  readonly #server: Server;
  /** The first one stands. */
  readonly #sockets: Socket[] = [];
  bytes = 0;
  #orders = 0;

  static async listening(address: string, port: number): Promise<Intruder> {
    const intruder = new Intruder();
    intruder.#server.listen(port, address);
    await once(intruder.#server, "listening");
    return intruder;
  }

  private constructor() {
    this.#server = createServer((socket) => {
      this.#sockets.push(socket);
      // Its end may come as a reset.
      socket.on("error", () => undefined);
      socket.on("data", (bytes: Buffer) => (this.bytes += bytes.length));
    });
  }

  orders(): string {
    const order = `order-${++this.#orders}`;
    this.#sockets[0]?.write(`${order}\n`);
    return order;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }
}
