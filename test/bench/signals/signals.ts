/** What the receivers take: messages a second that are on disk, and ten thousand alerts in one. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { known } from "../../receiving.ts";
import type { Row } from "../row.ts";

const server = join(import.meta.dirname, "server.ts");
const alertsAtOnce = 10_000;
const forMs = 4_000;

export async function run(): Promise<readonly Row[]> {
  await using one = await Served.start();
  const rows = [await many(one, 1), await many(one, 32)];
  await using other = await Served.start();
  return [...rows, ...(await tenThousand(other))];
}

/** Each a new alert, so that each is written. */
async function many(served: Served, atOnce: number): Promise<Row> {
  const took: number[] = [];
  const began = performance.now();
  const sender = async (number: number) => {
    for (let at = 0; performance.now() - began < forMs; at++) {
      const before = performance.now();
      await served.post(message(`${atOnce}-${number}-${at}`, 1));
      took.push(performance.now() - before);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, (_, number) => sender(number)));
  const seconds = (performance.now() - began) / 1_000;
  return {
    name: `requests on disk, ${atOnce} at a time`,
    value: took.length / seconds,
    unit: "/s",
    budget: "-",
    ok: true,
    detail: `answered in ${shown(took, 0.5)} (median), ${shown(took, 0.99)} (p99)`,
  };
}

async function tenThousand(served: Served): Promise<Row[]> {
  await served.post(message("warm", 1));
  const before = served.megabytes("VmRSS");
  const body = message("large", alertsAtOnce);
  const began = performance.now();
  await served.post(body);
  const first = performance.now() - began;
  await served.post(body);
  const again = performance.now() - began - first;
  const size = `${(body.length / (1 << 20)).toFixed(1)} MiB`;
  return [
    {
      name: "10 000 firing alerts in one message",
      value: first,
      unit: "ms",
      budget: "-",
      ok: true,
      detail: `${size}, all new; sent again, ${again.toFixed(0)} ms`,
    },
    {
      name: "memory at its peak, for them",
      value: served.megabytes("VmHWM") - before,
      unit: "MB",
      budget: "-",
      ok: true,
      detail: `${before.toFixed(0)} MB before them (Node, the store and the receiver)`,
    },
  ];
}

function message(name: string, alerts: number): Buffer {
  const startsAt = new Date().toISOString();
  const shop = { namespace: "shop", pahlevan_signal: "rollback", severity: "page" };
  const each = (at: number) => ({
    status: "firing",
    labels: { alertname: "CheckoutErrorsHigh", policy: `p${at}`, workload: name, ...shop },
    annotations: { summary: "Checkout fails", description: "5 % of requests fail ".repeat(20) },
    startsAt,
    endsAt: "0001-01-01T00:00:00Z",
    generatorURL: "http://prometheus.example:9090/graph?g0.expr=job%3Acheckout_errors%3Aratio5m",
  });
  return Buffer.from(
    JSON.stringify({ version: "4", alerts: Array.from({ length: alerts }, (_, at) => each(at)) }),
  );
}

function shown(took: readonly number[], quantile: number): string {
  const sorted = took.toSorted((a, b) => a - b);
  return `${(sorted[Math.floor(sorted.length * quantile)] ?? 0).toFixed(1)} ms`;
}

class Served implements AsyncDisposable {
  readonly #directory = mkdtempSync(join(tmpdir(), "pahlevan-bench-signals-"));
  readonly #process: ChildProcess;
  readonly #agent = new Agent({ keepAlive: true });
  #port = 0;

  private constructor() {
    this.#process = spawn(process.execPath, [...process.execArgv, server, this.#directory], {
      stdio: ["ignore", "pipe", "inherit"],
    });
  }

  static async start(): Promise<Served> {
    const served = new Served();
    const { stdout } = served.#process;
    if (stdout === null) throw new Error("the server says nothing");
    for await (const chunk of stdout) {
      served.#port = Number(String(chunk));
      return served;
    }
    throw new Error("the server ended before it listened");
  }

  megabytes(field: "VmRSS" | "VmHWM"): number {
    const status = readFileSync(`/proc/${this.#process.pid}/status`, "utf8");
    return Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(status)?.[1]) / 1_024;
  }

  async post(body: Buffer): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    const posting = request(
      {
        agent: this.#agent,
        port: this.#port,
        host: "127.0.0.1",
        path: "/v1/signals/alertmanager",
        method: "POST",
        headers: {
          "content-type": "application/json",
          "content-length": body.length,
          authorization: `Bearer ${known.alertmanager}`,
        },
      },
      (response) => {
        response.resume().once("end", () => resolve(response.statusCode ?? 0));
      },
    );
    posting.once("error", reject).end(body);
    const status = await promise;
    if (status !== 200) throw new Error(`the receiver answered ${status}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#agent.destroy();
    const ended = once(this.#process, "exit");
    this.#process.kill("SIGKILL");
    await ended;
    rmSync(this.#directory, { recursive: true, force: true });
  }
}
