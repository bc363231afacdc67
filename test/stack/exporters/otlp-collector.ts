/** A real OpenTelemetry Collector: OTLP in over HTTP and gRPC, out as JSON to a test's server. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Authority } from "../../certificates.ts";
import { goProgram } from "../go-program.ts";

interface Collecting {
  /** Who is sent what it takes. */
  readonly to: string;
  /** It shows a certificate of theirs, and wants to see one. */
  readonly authority?: Authority;
  /** It answers what it is answered itself, instead of keeping and retrying. */
  readonly isDirect?: boolean;
  /** HOST:PORT, where it is to be where one was before. */
  readonly http?: string;
  readonly grpc?: string;
}

export class Collector implements AsyncDisposable {
  /** HOST:PORT */
  readonly http: string;
  readonly grpc: string;
  readonly #process: ChildProcess;
  readonly #folder: string;

  private constructor(process: ChildProcess, folder: string, http: string, grpc: string) {
    this.#process = process;
    this.#folder = folder;
    this.http = http;
    this.grpc = grpc;
  }

  static async start(collecting: Collecting): Promise<Collector> {
    const program = await goProgram("exporters/collector");
    const folder = mkdtempSync(join(tmpdir(), "collector-"));
    const config = join(folder, "config.yaml");
    // JSON is YAML.
    writeFileSync(config, JSON.stringify(configOf(collecting)));
    const process = spawn(program, ["--config", config], { stdio: ["ignore", "ignore", "pipe"] });
    const said: string[] = [];
    const listens = new Map<string, string>();
    for await (const line of createInterface(process.stderr)) {
      said.push(line);
      const [, what = "", at = ""] =
        /"Starting (GRPC|HTTP) server".*"endpoint":"(.*?)"/.exec(line) ?? [];
      if (what !== "") listens.set(what, at);
      if (!line.includes("Everything is ready")) continue;
      process.stderr.resume();
      const [http = "", grpc = ""] = [listens.get("HTTP"), listens.get("GRPC")];
      return new Collector(process, folder, http, grpc);
    }
    rmSync(folder, { recursive: true, force: true });
    throw new Error(`the collector ended before it was ready:\n${said.join("\n")}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#process, "exit");
    this.#process.kill("SIGTERM");
    await ended;
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function configOf({ to, authority, isDirect = false, http, grpc }: Collecting): object {
  const shown = authority?.vouchesFor("IP:127.0.0.1");
  const tls = authority && {
    tls: {
      cert_file: shown?.certFile,
      key_file: shown?.keyFile,
      client_ca_file: authority.ca.certFile,
    },
  };
  const at = (endpoint = "127.0.0.1:0") => ({ endpoint, ...tls });
  const pipeline = {
    receivers: ["otlp"],
    processors: isDirect ? ["memory_limiter"] : ["memory_limiter", "batch"],
    exporters: ["otlp_http"],
  };
  return {
    receivers: { otlp: { protocols: { http: at(http), grpc: at(grpc) } } },
    processors: {
      memory_limiter: { check_interval: "1s", limit_mib: 512 },
      batch: { timeout: "20ms" },
    },
    exporters: {
      otlp_http: {
        ...{ endpoint: to, encoding: "json", compression: "none" },
        ...(isDirect && {
          sending_queue: { enabled: false },
          retry_on_failure: { enabled: false },
        }),
      },
    },
    service: {
      telemetry: { metrics: { level: "none" }, logs: { encoding: "json" } },
      pipelines: { logs: pipeline, traces: pipeline, metrics: pipeline },
    },
  };
}
