/**
 * nginx in a container, asked for a page over connections that stay: how fast, and at what cost.
 */
import { lstatSync, readFileSync, writeFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import type { Hierarchy } from "@pahlevan/agent/workload/hierarchy.ts";
import { attempt, run } from "../../stack/containers/command.ts";
import { OciContainer } from "../../stack/containers/oci-container.ts";
import { nginx } from "../../stack/workloads/nginx.ts";
import { buildPrograms } from "../instructions/build.ts";

const PORT = 8080;
const PAGE = "/index.html";
const CONNECTIONS = 16;
/** Over each connection; nginx ends one after a thousand. */
export const MOST_REQUESTS = 1_000;

export interface Served {
  readonly perSecond: number;
  /** Of nginx' own time on a processor, for each; where that counts instructions, instructions. */
  readonly ownNs: number;
}

export interface Asking {
  /** The image of nginx: where to read a file of it takes no time. */
  readonly image: string;
  /** For each connection, MOST_REQUESTS at most. */
  readonly requests: number;
  /** So many times in each measurement. */
  readonly runs: number;
}

/**
 * One worker: which of two takes how many connections would be chance, and decide what a request
 * costs. No cache: a minute after its start nginx looks through that, once, which no shorter life
 * of it can be learned from.
 */
async function simplify(rootfs: string): Promise<void> {
  const file = `${rootfs}/etc/nginx/nginx.conf`;
  const configuration = readFileSync(file, "utf8")
    .replace(/worker_processes \d+/, "worker_processes 1")
    .replaceAll(/^ *proxy_cache.*$/gm, "");
  writeFileSync(file, configuration);
}

export class Serving implements AsyncDisposable {
  readonly #container: OciContainer;
  readonly #folder: string;
  readonly #asking: Asking;
  #asks = "";

  static async start({ mountPoint }: Hierarchy, asking: Asking): Promise<Serving> {
    const { args, env } = nginx;
    const container = await OciContainer.run({
      args,
      env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", ...env },
      image: asking.image,
      furnish: simplify,
    });
    const serving = new Serving(container, `${mountPoint}${container.cgroup}`, asking);
    try {
      serving.#asks = (await buildPrograms()).asks;
      await serving.#answering();
    } catch (error) {
      await container.remove();
      throw error;
    }
    return serving;
  }

  private constructor(container: OciContainer, folder: string, asking: Asking) {
    this.#container = container;
    this.#folder = folder;
    this.#asking = asking;
  }

  get cgroupId(): bigint {
    return lstatSync(this.#folder, { bigint: true }).ino;
  }

  async measure(): Promise<Served> {
    const before = this.#ownNs();
    const { runs, requests } = this.#asking;
    let elapsedNs = 0;
    for (let run = 0; run < runs; run++) elapsedNs += await this.#ask();
    const all = runs * requests * CONNECTIONS;
    return { perSecond: (all / elapsedNs) * 1e9, ownNs: (this.#ownNs() - before) / all };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#container.remove();
  }

  /** What its processes ran, with the interrupts that they were at work in. */
  #ownNs(): number {
    const pids = readFileSync(`${this.#folder}/cgroup.procs`, "utf8").split("\n").filter(Boolean);
    const ran = pids.map((pid) =>
      Number(readFileSync(`/proc/${pid}/schedstat`, "utf8").split(" ")[0]),
    );
    return ran.reduce((sum, each) => sum + each, 0);
  }

  /** From within its network. Returns the nanoseconds that it took. */
  async #ask(): Promise<number> {
    const load = [PORT, PAGE, CONNECTIONS, this.#asking.requests].map(String);
    return Number(await run("nsenter", [...this.#network(), this.#asks, ...load]));
  }

  async #answering(): Promise<void> {
    const curl = ["curl", "-sf", `http://127.0.0.1:${PORT}${PAGE}`];
    await run("nsenter", [...this.#network(), "ip", "link", "set", "lo", "up"]);
    for (let tries = 0; tries < 200; tries++) {
      const { code } = await attempt("nsenter", [...this.#network(), ...curl]);
      if (code === 0) return;
      await delay(50);
    }
    throw new Error("nginx does not answer");
  }

  #network(): string[] {
    return ["-t", String(this.#container.pid), "-n"];
  }
}
